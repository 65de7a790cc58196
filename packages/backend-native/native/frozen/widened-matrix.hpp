// bfloat16 weights where the CPU does not multiply them: stored in half the memory, widened part by part when used.
#pragma once
#include "memory/large-buffer.hpp"
#include "products/matrix.hpp"
#include "products/row-major.hpp"

namespace dylora {

/** A bfloat16 weight matrix `[in, out]` that is multiplied in float32; its one copy serves both directions. */
class WidenedMatrix {
 public:
  /** @param values row-major `[out, in]` when outIn, else `[in, out]`; not kept */
  WidenedMatrix(const float* values, int64_t inFeatures, int64_t outFeatures, bool outIn);

  int64_t bytes() const { return elements_ * static_cast<int64_t>(sizeof(bf16)); }
  RowMajor rowMajor() const {
    return {halves_.data(), Type::bf16, inFeatures_, outFeatures_, stripColumns, inFeatures_ * stripColumns};
  }

  /** As {@link PackedMatrix.apply}; the source may be float32 too. */
  void apply(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias, bool add) const;

 private:
  static constexpr int64_t stripColumns = 32;

  /** Columns `[from, from + count)` in float32, row-major with `stride` numbers a row; both are whole strips. */
  void widen(int64_t from, int64_t count, float* target, int64_t stride) const;

  int64_t inFeatures_, outFeatures_, elements_;
  LargeBuffer halves_;
};

}  // namespace dylora
