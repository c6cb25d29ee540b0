/* Iterations of the 2-2-2 network of `chalkgrad examples mazur`, written out: what a C programmer would train it with. */
#include <math.h>

static inline double sigmoid(double z) { return 1.0 / (1.0 + exp(-z)); }

double train(double *w, const double *b, const double *x, const double *t, double rate, long n) {
    double w1 = w[0], w2 = w[1], w3 = w[2], w4 = w[3], w5 = w[4], w6 = w[5], w7 = w[6], w8 = w[7];
    double x1 = x[0], x2 = x[1], t1 = t[0], t2 = t[1], b1 = b[0], b2 = b[1];
    for (long k = 0; k < n; k++) {
        double h1 = sigmoid(w1 * x1 + w2 * x2 + b1), h2 = sigmoid(w3 * x1 + w4 * x2 + b1);
        double o1 = sigmoid(w5 * h1 + w6 * h2 + b2), o2 = sigmoid(w7 * h1 + w8 * h2 + b2);
        double d1 = (o1 - t1) * (o1 * (1 - o1)), d2 = (o2 - t2) * (o2 * (1 - o2));
        double e1 = (d1 * w5 + d2 * w7) * (h1 * (1 - h1)), e2 = (d1 * w6 + d2 * w8) * (h2 * (1 - h2));
        w5 -= rate * (d1 * h1), w6 -= rate * (d1 * h2), w7 -= rate * (d2 * h1), w8 -= rate * (d2 * h2);
        w1 -= rate * (e1 * x1), w2 -= rate * (e1 * x2), w3 -= rate * (e2 * x1), w4 -= rate * (e2 * x2);
    }
    double h1 = sigmoid(w1 * x1 + w2 * x2 + b1), h2 = sigmoid(w3 * x1 + w4 * x2 + b1);
    double o1 = sigmoid(w5 * h1 + w6 * h2 + b2), o2 = sigmoid(w7 * h1 + w8 * h2 + b2);
    return 0.5 * ((o1 - t1) * (o1 - t1) + (o2 - t2) * (o2 - t2));
}
