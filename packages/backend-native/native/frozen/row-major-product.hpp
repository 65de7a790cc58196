// A product of few rows with row-major weights.
#pragma once
#include "products/row-major.hpp"

namespace dylora {

struct RowMajorProduct {
  int64_t rows;
  /** `[rows, in]`. */
  const float* x;
  RowMajor weights;
  const float* bias;
  /** `[rows, out]`, of bfloat16 where halfTarget. */
  void* y;
  bool halfTarget;
};

/** Bias added to sums of a row from `column` on, which are stored. */
void finishRow(const RowMajorProduct& product, int64_t row, int64_t column, int64_t columns, float* sums);

}  // namespace dylora
