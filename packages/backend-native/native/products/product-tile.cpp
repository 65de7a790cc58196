#include "products/product-tile.hpp"

#include <algorithm>
#include <cstring>

#include "cpu/instruction-set.hpp"

#ifdef DYLORA_X86

#include "cpu/avx2-vectors.hpp"

namespace dylora {

namespace {

#pragma GCC push_options
#pragma GCC target("avx2,fma")

/** Eight columns of `count` rows, each column's numbers beside each other; zeros for the rows that are not there. */
DYLORA_INLINE void turn(const int count, const float* from, int64_t stride, __m256* to) {
  __m256 r[avx2Lanes], pairs[avx2Lanes], quads[avx2Lanes];
#pragma GCC unroll 8
  for (int i = 0; i < avx2Lanes; i++) r[i] = i < count ? _mm256_loadu_ps(from + i * stride) : _mm256_setzero_ps();
#pragma GCC unroll 4
  for (int i = 0; i < avx2Lanes; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < avx2Lanes; i += 4) {
    quads[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    quads[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
    quads[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    quads[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    to[i] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20);
    to[i + 4] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31);
  }
}

void packWholeRows(int64_t depth, const float* a, int64_t stride, float* to) {
  int64_t k = 0;
  for (; k + avx2Lanes <= depth; k += avx2Lanes, to += avx2Lanes * tileRows) {
    __m256 columns[avx2Lanes];
    turn(tileRows, a + k, stride, columns);
    // Each column overwrites the zeros that the one before wrote beyond its six numbers.
#pragma GCC unroll 8
    for (int i = 0; i < avx2Lanes; i++) _mm256_storeu_ps(to + i * tileRows, columns[i]);
  }
  for (; k < depth; k++, to += tileRows) {
    for (int64_t i = 0; i < tileRows; i++) to[i] = a[i * stride + k];
  }
}

/** Rows are read whole, and those further on asked for: weights come from memory, not from a cache. */
void packRowMajor(int64_t tiles, int64_t depth, const float* b, int64_t stride, float* to, int64_t tileStride) {
  const int64_t ahead = 16;
  for (int64_t k = 0; k < depth; k++, b += stride, to += tileColumns) {
    const float* later = b + (k + ahead < depth ? ahead * stride : 0);
    for (int64_t tile = 0; tile < tiles; tile++) {
      const float* from = b + tile * tileColumns;
      __builtin_prefetch(later + tile * tileColumns);
      _mm256_store_ps(to + tile * tileStride, _mm256_loadu_ps(from));
      _mm256_store_ps(to + tile * tileStride + avx2Lanes, _mm256_loadu_ps(from + avx2Lanes));
    }
  }
}

void packHalves(int64_t depth, const bf16* b, int64_t stride, float* to) {
  const int64_t ahead = 16;
  for (int64_t k = 0; k < depth; k++, b += stride, to += tileColumns) {
    __builtin_prefetch(b + (k + ahead < depth ? ahead * stride : 0));
    __m256 columns[2];
    load(2, b, columns);
    _mm256_store_ps(to, columns[0]);
    _mm256_store_ps(to + avx2Lanes, columns[1]);
  }
}

void packColumnMajor(int64_t depth, const float* b, int64_t stride, float* to) {
  int64_t k = 0;
  for (; k + avx2Lanes <= depth; k += avx2Lanes, to += avx2Lanes * tileColumns) {
    for (int64_t half = 0; half < tileColumns; half += avx2Lanes) {
      __m256 rows[avx2Lanes];
      turn(avx2Lanes, b + half * stride + k, stride, rows);
#pragma GCC unroll 8
      for (int i = 0; i < avx2Lanes; i++) _mm256_store_ps(to + i * tileColumns + half, rows[i]);
    }
  }
  for (; k < depth; k++, to += tileColumns) {
    for (int64_t i = 0; i < tileColumns; i++) to[i] = b[i * stride + k];
  }
}

/** One step of the depth: twelve products and sums. As intrinsics they cost 8 % more, for sums that gcc moves about. */
DYLORA_INLINE void step(const float* a, const float* b, __m256 (*sums)[2]) {
  const __m256 left = _mm256_load_ps(b), right = _mm256_load_ps(b + avx2Lanes);
#pragma GCC unroll 6
  for (int i = 0; i < tileRows; i++) {
    const __m256 value = _mm256_broadcast_ss(a + i);
    addProduct(sums[i][0], value, left);
    addProduct(sums[i][1], value, right);
  }
}

void multiplyWholeTile(int64_t depth, const float* a, const float* b, float* c, int64_t cStride, TileStart start) {
  __m256 sums[tileRows][2];
  // The tile of c is not asked for beforehand: that was measured to cost more than the waiting.
#pragma GCC unroll 6
  for (int i = 0; i < tileRows; i++) sums[i][0] = sums[i][1] = _mm256_setzero_ps();
  int64_t k = 0;
  for (; k + 4 <= depth; k += 4, a += 4 * tileRows, b += 4 * tileColumns) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) step(a + i * tileRows, b + i * tileColumns, sums);
  }
  for (; k < depth; k++, a += tileRows, b += tileColumns) step(a, b, sums);
  if (start.bias != nullptr) {
    const __m256 left = _mm256_loadu_ps(start.bias), right = _mm256_loadu_ps(start.bias + avx2Lanes);
#pragma GCC unroll 6
    for (int i = 0; i < tileRows; i++) {
      sums[i][0] = _mm256_add_ps(sums[i][0], left);
      sums[i][1] = _mm256_add_ps(sums[i][1], right);
    }
  }
  if (start.add) {
#pragma GCC unroll 6
    for (int i = 0; i < tileRows; i++) {
      sums[i][0] = _mm256_add_ps(sums[i][0], _mm256_loadu_ps(c + i * cStride));
      sums[i][1] = _mm256_add_ps(sums[i][1], _mm256_loadu_ps(c + i * cStride + avx2Lanes));
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < tileRows; i++) {
    _mm256_storeu_ps(c + i * cStride, sums[i][0]);
    _mm256_storeu_ps(c + i * cStride + avx2Lanes, sums[i][1]);
  }
}

#pragma GCC pop_options

}  // namespace

void packTileRows(int64_t rows, int64_t depth, const float* a, Strides strides, float* to) {
  if (rows == tileRows && strides.column == 1) return packWholeRows(depth, a, strides.row, to);
  for (int64_t k = 0; k < depth; k++, to += tileRows) {
    const float* from = a + k * strides.column;
    for (int64_t i = 0; i < tileRows; i++) to[i] = i < rows ? from[i * strides.row] : 0;
  }
}

void packTileColumns(int64_t columns, int64_t depth, const float* b, Strides strides, float* to, int64_t tileStride) {
  const int64_t whole = columns / tileColumns, rest = columns % tileColumns;
  if (strides.column == 1) {
    packRowMajor(whole, depth, b, strides.row, to, tileStride);
  } else {
    for (int64_t tile = 0; tile < whole; tile++) {
      packColumnMajor(depth, b + tile * tileColumns * strides.column, strides.column, to + tile * tileStride);
    }
  }
  if (rest == 0) return;
  b += whole * tileColumns * strides.column;
  to += whole * tileStride;
  for (int64_t k = 0; k < depth; k++, b += strides.row, to += tileColumns) {
    for (int64_t i = 0; i < tileColumns; i++) to[i] = i < rest ? b[i * strides.column] : 0;
  }
}

void packTileHalves(int64_t tiles, int64_t depth, const bf16* b, int64_t stride, int64_t strip, float* to,
                    int64_t tileStride) {
  const int64_t tilesOfStrip = stride / tileColumns;
  for (int64_t tile = 0; tile < tiles; tile++) {
    packHalves(depth, b + tile / tilesOfStrip * strip + tile % tilesOfStrip * tileColumns, stride, to + tile * tileStride);
  }
}

void multiplyTile(int64_t rows, int64_t columns, int64_t depth, const float* a, const float* b, float* c, int64_t stride,
                  TileStart start) {
  if (rows == tileRows && columns == tileColumns) return multiplyWholeTile(depth, a, b, c, stride, start);
  alignas(32) float whole[tileRows * tileColumns];
  multiplyWholeTile(depth, a, b, whole, tileColumns, {false, nullptr});
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) {
      float sum = whole[i * tileColumns + j];
      if (start.bias != nullptr) sum += start.bias[j];
      c[i * stride + j] = start.add ? sum + c[i * stride + j] : sum;
    }
  }
}

}  // namespace dylora

#else

namespace dylora {

// Nothing asks for tiles where there is no AVX2.
void packTileRows(int64_t, int64_t, const float*, Strides, float*) {}
void packTileColumns(int64_t, int64_t, const float*, Strides, float*, int64_t) {}
void packTileHalves(int64_t, int64_t, const bf16*, int64_t, int64_t, float*, int64_t) {}
void multiplyTile(int64_t, int64_t, int64_t, const float*, const float*, float*, int64_t, TileStart) {}

}  // namespace dylora

#endif
