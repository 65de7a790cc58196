// The innermost part of products of float32 on CPUs with AVX2: a tile of the result whose sums stay in registers.
#pragma once
#include <cstdint>

#include "common/types.hpp"

namespace dylora {

/** Rows and columns of a tile: twelve vectors of sums, two of the right factor, and one number of the left. */
constexpr int64_t tileRows = 6, tileColumns = 16;
/** Numbers that {@link packTileRows} may write beyond the end. */
constexpr int64_t tileOverrun = 2;

/** Strides in numbers from row to row and from column to column of a matrix. */
struct Strides {
  int64_t row, column;
};

/**
 * to `[depth, tileRows]` = the first `rows` rows of a `[rows, depth]`, zeros below them. One of the strides is 1.
 */
void packTileRows(int64_t rows, int64_t depth, const float* a, Strides strides, float* to);

/**
 * Tiles of the `columns` columns of b `[depth, columns]`, `tileStride` numbers from one to the next: each
 * `[depth, tileColumns]`, zeros beside the last columns. One of the strides is 1; `to` and `tileStride` keep to whole
 * vectors.
 */
void packTileColumns(int64_t columns, int64_t depth, const float* b, Strides strides, float* to, int64_t tileStride);

/**
 * The same of `tiles` whole tiles of bfloat16 in strips, from a strip on: its columns lie as {@link RowMajor} says, and
 * `strip` elements are from one to the next.
 */
void packTileHalves(int64_t tiles, int64_t depth, const bf16* b, int64_t stride, int64_t strip, float* to,
                    int64_t tileStride);

/** What a tile of c is besides its sums. */
struct TileStart {
  /** Whether c is added to. */
  bool add;
  /** `[columns]`, added to every row; or null. */
  const float* bias;
};

/** c `[rows, columns]`, whose rows are `stride` numbers apart, = a · b + what it starts from; a and b as packed. */
void multiplyTile(int64_t rows, int64_t columns, int64_t depth, const float* a, const float* b, float* c, int64_t stride,
                  TileStart start);

}  // namespace dylora
