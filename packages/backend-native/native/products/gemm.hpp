// Matrix products of any type on any CPU.
#pragma once
#include "products/matrix.hpp"

namespace dylora {

/** c `[m, n]` (+)= a `[m, k]` · b `[k, n]` + bias?, or a stack of such products. */
void multiply(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add = false,
              int64_t stack = 1, const float* bias = nullptr);

/** Row-major single-threaded product of float32, for use inside a parallel loop. */
void smallProduct(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float* a,
                  int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

/** Frees what the products keep for later ones. */
void trimProducts();

}  // namespace dylora
