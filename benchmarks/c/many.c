/* Many 2-8-1 sigmoid networks on four samples, full batches: a lane of a vector is a network. */
#ifdef __AVX512F__
typedef float v __attribute__((vector_size(64)));
v _ZGVeN16v_expf(v);
#define EXP _ZGVeN16v_expf
#else
typedef float v __attribute__((vector_size(32)));
v _ZGVdN8v_expf(v);
#define EXP _ZGVdN8v_expf
#endif
#define ALL _Pragma("GCC unroll 8")

long lanes(void) { return sizeof(v) / sizeof(float); }

static inline v sigmoid(v z) { return 1.0f / (1.0f + EXP(-z)); }

/* states[block][number][lane]: 16 weights of the hidden layer, its 8 biases, 8 weights of the output, its bias */
void many(v *states, const float *x, const float *t, float rate, long n, long begin, long end) {
    for (long block = begin; block < end; block++) {
        v *p = states + block * 33, w[8][2], b[8], u[8], c = p[32];
        ALL for (int j = 0; j < 8; j++) w[j][0] = p[2 * j], w[j][1] = p[2 * j + 1], b[j] = p[16 + j], u[j] = p[24 + j];
        for (long k = 0; k < n; k++) {
            v h[4][8], d[4];
            ALL for (int s = 0; s < 4; s++) {
                v z = c;
                ALL for (int j = 0; j < 8; j++) {
                    h[s][j] = sigmoid(w[j][0] * x[2 * s] + w[j][1] * x[2 * s + 1] + b[j]);
                    z += u[j] * h[s][j];
                }
                v o = sigmoid(z);
                d[s] = (o - t[s]) * (o * (1.0f - o));
            }
            ALL for (int j = 0; j < 8; j++) {
                v e[4], g = d[0] * h[0][j];
                ALL for (int s = 0; s < 4; s++) e[s] = d[s] * u[j] * (h[s][j] * (1.0f - h[s][j]));
                ALL for (int s = 1; s < 4; s++) g += d[s] * h[s][j];
                u[j] -= rate * g;
                w[j][0] -= rate * (e[0] * x[0] + e[1] * x[2] + e[2] * x[4] + e[3] * x[6]);
                w[j][1] -= rate * (e[0] * x[1] + e[1] * x[3] + e[2] * x[5] + e[3] * x[7]);
                b[j] -= rate * (e[0] + e[1] + e[2] + e[3]);
            }
            c -= rate * (d[0] + d[1] + d[2] + d[3]);
        }
        ALL for (int j = 0; j < 8; j++) p[2 * j] = w[j][0], p[2 * j + 1] = w[j][1], p[16 + j] = b[j], p[24 + j] = u[j];
        p[32] = c;
    }
}
