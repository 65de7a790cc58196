// Products of float32 rows with a frozen matrix of either type.
#pragma once
#include "frozen/packed-matrix.hpp"

namespace dylora {

/** y `[rows, out]` = x · W + bias?. */
void applyForward(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y);
/** y `[rows, in]` = x · Wᵀ + bias?. */
void applyBackward(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y);

/** y `[count, in]` = these columns of a float32 matrix, each at least 0 and below its `out`. */
void columnsOf(const PackedMatrix& packed, int64_t count, const int32_t* columns, float* y);

}  // namespace dylora
