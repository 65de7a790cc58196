// Products of float32 for CPUs with AVX2, where oneDNN leaves a tenth of what their cores can do.
#pragma once
#include "products/matrix.hpp"
#include "products/row-major.hpp"

namespace dylora {

/** True for products that {@link multiplyTiled} makes faster than oneDNN: on CPUs with AVX2, large enough, float32. */
bool suitsTiles(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c);

/**
 * c `[m, n]` (+)= a `[m, k]` · b `[k, n]` + bias?, where {@link suitsTiles}. The same numbers on any number of threads:
 * every sum runs over its depth in the same order.
 */
void multiplyTiled(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
                   const float* bias);

/** c `[m, out]` = a `[m, in]`, rows side by side, · b + bias?, on CPUs with AVX2; b of bfloat16, in strips. */
void multiplyTiledHalves(int64_t m, const float* a, const RowMajor& b, const Matrix& c, const float* bias);

}  // namespace dylora
