#include "frozen/row-major-product.hpp"

#include <algorithm>

#include "rows/row-kernels.hpp"

namespace dylora {

void finishRow(const RowMajorProduct& p, int64_t row, int64_t column, int64_t columns, float* sums) {
  if (p.bias != nullptr) {
    for (int64_t c = 0; c < columns; c++) sums[c] += p.bias[column + c];
  }
  const int64_t at = row * p.weights.out + column;
  if (p.halfTarget) rowKernels<bf16>().fromFloat(columns, sums, static_cast<bf16*>(p.y) + at);
  else std::copy(sums, sums + columns, static_cast<float*>(p.y) + at);
}

}  // namespace dylora
