// Products of few rows with a packed matrix: reading the weights is what they cost.
#pragma once
#include "frozen/packed-matrix.hpp"

namespace dylora {

/**
 * y `[rows, out]` = x `[rows, in]` · W + bias?. Few rows go through own kernels that read the weights at the rate of
 * memory: oneDNN's packed panels where the CPU has AVX-512 (AVX-512 bf16 or AMX in bfloat16), row-major
 * weights where it has AVX2. Other rows and CPUs go through oneDNN.
 */
template <class T, class Y>
void frozenProduct(PackedMatrix& weights, int64_t rows, const T* x, const float* bias, Y* y);

}  // namespace dylora
