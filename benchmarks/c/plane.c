/* The loss of the 2-2-2 network of `chalkgrad examples mazur` over two of its weights: a lane is a point. */
#include <math.h>
#ifdef __AVX512F__
typedef double v __attribute__((vector_size(64), aligned(8)));
v _ZGVeN8v_exp(v);
#define EXP _ZGVeN8v_exp
#else
typedef double v __attribute__((vector_size(32), aligned(8)));
v _ZGVdN4v_exp(v);
#define EXP _ZGVdN4v_exp
#endif
#define LANES (long)(sizeof(v) / sizeof(double))

static inline double sigmoid(double z) { return 1.0 / (1.0 + exp(-z)); }
static inline v sigmoids(v z) { return 1.0 / (1.0 + EXP(-z)); }

/* over the weights number `first` (down) and `second` (across), from 0; what is the same along a row is worked once */
void plane(const double *p, const double *b, const double *x, const double *t, const double *down,
           const double *across, double *out, long columns, long begin, long end, int hidden) {
    for (long i = begin; i < end; i++) {
        double w1 = hidden ? down[i] : p[0], w5 = down[i];
        double h1 = sigmoid(w1 * x[0] + p[1] * x[1] + b[0]), h2 = sigmoid(p[2] * x[0] + p[3] * x[1] + b[0]);
        double o2 = sigmoid(p[6] * h1 + p[7] * h2 + b[1]), e2 = (o2 - t[1]) * (o2 - t[1]);
        double fixed = (hidden ? p[5] * h2 : w5 * h1) + b[1], slope = hidden ? h1 : h2;
        for (long j = 0; j < columns; j += LANES) {
            v o1 = sigmoids(*(v *)(across + j) * slope + fixed), e1 = o1 - t[0];
            *(v *)(out + i * columns + j) = 0.5 * (e1 * e1 + e2);
        }
    }
}
