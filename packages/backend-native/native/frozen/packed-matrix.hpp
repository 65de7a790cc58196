// A frozen weight matrix as it is multiplied best, and where its elements lie.
#pragma once
#include <memory>
#include <vector>

#include "products/matrix.hpp"
#include "products/row-major.hpp"

namespace dnnl {
struct memory;
}

namespace dylora {

/** A packed matrix `[in, out]` where it lies in panels of columns, one after another. */
struct Panels {
  static const int64_t width = 64;
  /** float32: each `[depth, 64]`; bfloat16: each `[depth / 2, 64, 2]`. Zeros beyond the matrix. Null: it lies otherwise. */
  const void* data = nullptr;
  /** `in`, rounded up. */
  int64_t depth = 0;
};

/** Where the elements of a packed float32 matrix `[in, out]` lie, however it is packed: the one of (i, o) at row(i) + column(o). */
struct Elements {
  const float* data;
  int64_t strides[2];
  /** Blocks, the innermost last: their sizes, and which index each divides. */
  int blocks;
  int64_t sizes[4];
  int axes[4];

  int64_t row(int64_t i) const { return along(0, i); }
  int64_t column(int64_t o) const { return along(1, o); }

 private:
  int64_t along(int axis, int64_t index) const {
    int64_t place = 0, step = 1;
    for (int block = blocks - 1; block >= 0; block--) {
      if (axes[block] == axis) {
        place += index % sizes[block] * step;
        index /= sizes[block];
      }
      step *= sizes[block];
    }
    return place + index * strides[axis];
  }
};

class WidenedMatrix;

/**
 * A frozen weight matrix.
 *
 * float32 lies once, as oneDNN likes it for forward. Where that is row-major, backward reads it transposed; where it is
 * blocked, backward turns it over slice by slice into a buffer that all matrices share.
 *
 * bfloat16 lies in oneDNN's layouts where the CPU multiplies it: one for each direction, that for backward made when
 * first used. There a matrix four times or more wider than high, or higher than wide, is cut into square parts (the last
 * may be smaller): oneDNN loses a third on sums over thousands of columns, and what is taken part by part stays in the
 * caches. On other CPUs it lies once, is whole, and is widened to float32 when used.
 */
class PackedMatrix {
 public:
  /** @param values row-major `[out, in]` when outIn, else `[in, out]`; not kept */
  PackedMatrix(const float* values, int64_t inFeatures, int64_t outFeatures, bool outIn, Type type);
  ~PackedMatrix();

  int64_t inFeatures() const { return inFeatures_; }
  int64_t outFeatures() const { return outFeatures_; }
  Type type() const { return type_; }
  int64_t bytes() const;

  /**
   * target (+)= source · W + bias?, or source · Wᵀ where backward; source is of this matrix's type, or float32 where
   * that is widened.
   */
  void apply(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias, bool add);

  /** Forward, as oneDNN packs it on CPUs with AVX-512; valid while the matrix lives. Not of a matrix that is cut. */
  Panels panels() const;
  /** The matrix where it lies row-major; valid while it lives. */
  RowMajor rowMajor() const;
  /** Where its elements lie; of a float32 matrix alone, and valid while it lives. */
  Elements elements() const;
  /** True for bfloat16 that is multiplied in float32. */
  bool widens() const { return widened_ != nullptr; }

  /** Parts that it is cut into; 1: it is whole. */
  int64_t parts() const { return parts_.empty() ? 1 : static_cast<int64_t>(parts_.size()); }
  /** Columns from `index` times {@link side} on, or rows where it has more of these; itself where it is whole. */
  PackedMatrix& part(int64_t index) { return parts_.empty() ? *this : *parts_[index]; }
  /** Columns or rows of each part but the last, which may have fewer; 0: it is whole. */
  int64_t side() const { return side_; }
  /** True when the parts are columns: each makes some of the outputs; otherwise each takes some of the inputs. */
  bool cutAcrossOutputs() const { return outFeatures_ > inFeatures_; }

 private:
  struct Direction;
  PackedMatrix(dnnl::memory& from, int64_t inFeatures, int64_t outFeatures, Type type);
  std::unique_ptr<Direction> packed(int64_t in, int64_t out, dnnl::memory& from) const;
  void applyParts(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias, bool add);
  void applyRowMajor(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias,
                     bool add);
  void applyTurned(int64_t rows, const Matrix& source, const Matrix& target, const float* bias, bool add);
  Direction& direction(bool backward);

  int64_t inFeatures_, outFeatures_;
  Type type_;
  int64_t side_ = 0;
  std::unique_ptr<Direction> directions_[2];
  std::vector<std::unique_ptr<PackedMatrix>> parts_;
  std::unique_ptr<WidenedMatrix> widened_;
};

}  // namespace dylora
