/* Mini-batch training of 64-32-10 with plain loops and constant sizes: what a careful C programmer writes
   and gcc vectorises. REAL, RELU (else sigmoid) and MU (momentum; 0 for none) come from the command line. */
#include <math.h>
#include <string.h>
enum { IN = 64, HID = 32, OUT = 10, ROWS = 32 };

static REAL power(REAL x) { return sizeof(REAL) == 4 ? (REAL)expf((float)x) : (REAL)exp(x); }

static void learn(REAL *w, const REAL *g, REAL *v, int n, REAL rate) {
  for (int i = 0; i < n; i++) {
    REAL d = g[i];
    if (MU > 0) v[i] = d += (REAL)MU * v[i];
    w[i] -= rate * d;
  }
}

void train(const REAL *X, const long *y, const long *order, long batches, REAL *restrict W1, REAL *restrict b1,
           REAL *restrict W2, REAL *restrict b2, REAL rate) {
  static REAL H[ROWS][HID], Z[ROWS][OUT], D[ROWS][HID], G1[IN * HID], G2[HID * OUT], g1[HID], g2[OUT];
  static REAL M1[IN * HID], M2[HID * OUT], m1[HID], m2[OUT];
  memset(M1, 0, sizeof M1), memset(M2, 0, sizeof M2), memset(m1, 0, sizeof m1), memset(m2, 0, sizeof m2);
  for (long s = 0; s < batches; s++) {
    const long *rows = order + s * ROWS;
    for (int m = 0; m < ROWS; m++) {
      const REAL *x = X + rows[m] * IN;
      REAL a[HID], z[OUT];
      for (int j = 0; j < HID; j++) a[j] = b1[j];
      for (int k = 0; k < IN; k++) for (int j = 0; j < HID; j++) a[j] += x[k] * W1[k * HID + j];
      for (int j = 0; j < HID; j++) H[m][j] = RELU ? (a[j] > 0 ? a[j] : 0) : 1 / (1 + power(-a[j]));
      for (int j = 0; j < OUT; j++) z[j] = b2[j];
      for (int k = 0; k < HID; k++) for (int j = 0; j < OUT; j++) z[j] += H[m][k] * W2[k * OUT + j];
      REAL top = z[0], sum = 0;
      for (int j = 1; j < OUT; j++) top = z[j] > top ? z[j] : top;
      for (int j = 0; j < OUT; j++) z[j] = power(z[j] - top), sum += z[j];
      for (int j = 0; j < OUT; j++) Z[m][j] = z[j] / sum / ROWS;
      Z[m][y[rows[m]]] -= (REAL)1 / ROWS;
      for (int k = 0; k < HID; k++) {
        REAL d = 0;
        for (int j = 0; j < OUT; j++) d += Z[m][j] * W2[k * OUT + j];
        D[m][k] = RELU ? (H[m][k] > 0 ? d : 0) : d * H[m][k] * (1 - H[m][k]);
      }
    }
    memset(G1, 0, sizeof G1), memset(G2, 0, sizeof G2), memset(g1, 0, sizeof g1), memset(g2, 0, sizeof g2);
    for (int m = 0; m < ROWS; m++) {
      const REAL *x = X + rows[m] * IN;
      for (int k = 0; k < IN; k++) for (int j = 0; j < HID; j++) G1[k * HID + j] += x[k] * D[m][j];
      for (int k = 0; k < HID; k++) for (int j = 0; j < OUT; j++) G2[k * OUT + j] += H[m][k] * Z[m][j];
      for (int j = 0; j < HID; j++) g1[j] += D[m][j];
      for (int j = 0; j < OUT; j++) g2[j] += Z[m][j];
    }
    learn(W1, G1, M1, IN * HID, rate), learn(W2, G2, M2, HID * OUT, rate);
    learn(b1, g1, m1, HID, rate), learn(b2, g2, m2, OUT, rate);
  }
}
