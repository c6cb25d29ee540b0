/* As many multiply-adds as a step's products have, on registers alone: nothing can make the products faster. */
enum { SUMS = 24 };
#ifdef __AVX512F__
typedef REAL v __attribute__((vector_size(64)));
#else
typedef REAL v __attribute__((vector_size(32)));
#endif

/* so many multiply-adds of numbers, rounded down to whole rounds; the sum keeps the compiler from leaving them out */
double peak(long count) {
  v sums[SUMS], total = {0};
  for (int i = 0; i < SUMS; i++) sums[i] = total + (REAL)i;
  for (long n = count / (SUMS * (long)(sizeof(v) / sizeof(REAL))); n > 0; n--)
#pragma GCC unroll 24
    for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * (REAL)0.999999 + (REAL)1e-9;
  for (int i = 0; i < SUMS; i++) total += sums[i];
  return total[0];
}
