// A matrix that lies row-major, or row-major in strips, for our own kernels.
#pragma once
#include "products/matrix.hpp"

namespace dylora {

/** A packed matrix `[in, out]` that lies row-major, or row-major in strips, for kernels of few rows. Null: otherwise. */
struct RowMajor {
  const void* data = nullptr;
  /**
   * bfloat16 lies in strips of 32 columns, zeros beyond the matrix. In each group of 16 columns the first eight lie
   * between the last eight: a 32-bit word holds one of each in float32's place, so that one instruction widens eight.
   */
  Type type = Type::f32;
  int64_t in = 0, out = 0;
  /** Elements from a row to the next, and from a strip to the next: of float32 these lie side by side. */
  int64_t stride = 0, strip = 0;

  int64_t elementBytes() const { return type == Type::bf16 ? 2 : 4; }
  /** Columns that fill a cache line. */
  int64_t stripColumns() const { return 64 / elementBytes(); }

  static const int64_t group = 16;
  /**
   * A stride for rows of so many columns that are not a multiple of 1 KiB apart: those of a few columns would fall into a
   * few lines of the caches alone.
   */
  static int64_t strideOf(int64_t columns, int64_t elementBytes) {
    return columns * elementBytes % 1024 == 0 ? columns + 64 / elementBytes : columns;
  }
};

}  // namespace dylora
