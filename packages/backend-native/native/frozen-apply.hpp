// Products of float32 rows with a frozen matrix of either type.
#pragma once
#include "gemm.hpp"

namespace dylora {

/** y `[rows, out]` = x · W + bias?. */
void applyForward(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y);
/** y `[rows, in]` = x · Wᵀ + bias?. */
void applyBackward(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y);

}  // namespace dylora
