#include "frozen/few-rows-avx2.hpp"

#include <algorithm>
#include <limits>

#include "common/threads.hpp"
#include "cpu/instruction-set.hpp"
#include "frozen/row-strips-avx2.hpp"
#include "memory/thread-scratch.hpp"
#include "products/tiled-product.hpp"
#include "products/widened-product.hpp"
#include "rows/row-kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include "cpu/avx2-vectors.hpp"

namespace dylora {

namespace {

/** Rows whose sums of two vectors fit the registers: reading weights of float32 is all they cost. */
const int mostSweeping = 6;
/** Columns of the widest tile. */
const int64_t tileColumns = 64;
/** Rows of weights that are read side by side: measured, eight streams are read fastest. */
const int64_t streams = 8;
/** Columns of a sweep whose sums stay in the second-level cache. */
const int64_t mostColumns = 4096;

#pragma GCC push_options
#pragma GCC target("avx2,fma")

/** sums += x · w for `count` rows and `vectors` vectors of columns; asks for the weights `ahead` elements on. */
DYLORA_INLINE void tile(const int count, const int vectors, int64_t depth, const float* w, int64_t stride, int64_t ahead,
                        const float* x, int64_t xStride, float* sums, int64_t sumStride) {
  __m256 s[mostSweeping][8], given[8];
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) load(vectors, sums + r * sumStride, s[r]);
  for (int64_t k = 0; k < depth; k++, w += stride) {
    for (int at = 0; at < vectors * avx2Lanes; at += 16) __builtin_prefetch(w + ahead + at);
    load(vectors, w, given);
#pragma GCC unroll 6
    for (int r = 0; r < count; r++) {
      const __m256 value = _mm256_broadcast_ss(x + r * xStride + k);
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) addProduct(s[r][v], given[v], value);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) store(vectors, s[r], sums + r * sumStride);
}

/** `width` columns, in tiles as wide as the registers allow. */
static void sweep(int64_t rows, int64_t width, int64_t depth, const float* w, int64_t stride, int64_t ahead,
                  const float* x, int64_t xStride, float* sums, int64_t sumStride) {
  const int64_t columns = rows == 1 ? 64 : rows <= 3 ? 32 : 16;
  for (int64_t at = 0; at < width; at += columns, w += columns, sums += columns) {
    switch (rows) {
      case 1: tile(1, 8, depth, w, stride, ahead, x, xStride, sums, sumStride); break;
      case 2: tile(2, 4, depth, w, stride, ahead, x, xStride, sums, sumStride); break;
      case 3: tile(3, 4, depth, w, stride, ahead, x, xStride, sums, sumStride); break;
      case 4: tile(4, 2, depth, w, stride, ahead, x, xStride, sums, sumStride); break;
      case 5: tile(5, 2, depth, w, stride, ahead, x, xStride, sums, sumStride); break;
      default: tile(6, 2, depth, w, stride, ahead, x, xStride, sums, sumStride);
    }
  }
}

#pragma GCC pop_options

/** What one thread works on at a time. */
struct Piece {
  int64_t column, columns, k, depth;
};

/** The products of a piece: sums `[rows, sumStride]`. */
void sumPiece(const RowMajorProduct& p, const Piece& piece, float* sums, int64_t sumStride) {
  const int64_t in = p.weights.in, stride = p.weights.stride, end = piece.k + piece.depth;
  const int64_t width = (piece.columns + tileColumns - 1) / tileColumns * tileColumns;
  const float* weights = static_cast<const float*>(p.weights.data) + piece.column;
  // The CPU foresees few long streams better than it is told.
  const bool foreseen = p.rows <= 3 && width * static_cast<int64_t>(sizeof(float)) >= 8192;
  std::fill(sums, sums + p.rows * sumStride, 0.0f);
  for (int64_t k = piece.k; k < end; k += streams) {
    sweep(p.rows, width, std::min(streams, end - k), weights + k * stride, stride, foreseen ? 0 : streams * stride, p.x + k,
          in, sums, sumStride);
  }
}

/** Room for the sums of so many columns: whole tiles, and rows that do not begin a multiple of 1 KiB apart. */
int64_t sumStrideOf(int64_t columns) { return (columns + tileColumns - 1) / tileColumns * tileColumns + 16; }

/** Each thread takes some of the depth with all columns: half as many are read at two thirds of the rate. */
void sweepByDepth(const RowMajorProduct& p) {
  const int64_t in = p.weights.in, out = p.weights.out, sumStride = sumStrideOf(out), threads = currentThreads();
  const int64_t each = ((in + threads - 1) / threads + 15) / 16 * 16, pieces = (in + each - 1) / each;
  float* sums = workspace().take(Slot::heads, pieces * p.rows * sumStride);
#pragma omp parallel
  {
#pragma omp for schedule(static)
    for (int64_t i = 0; i < pieces; i++) {
      sumPiece(p, {0, out, i * each, std::min(each, in - i * each)}, sums + i * p.rows * sumStride, sumStride);
    }
    const int64_t width = 512, parts = (out + width - 1) / width;
#pragma omp for schedule(static)
    for (int64_t task = 0; task < p.rows * parts; task++) {
      const int64_t row = task / parts, column = task % parts * width, columns = std::min(width, out - column);
      float* total = sums + row * sumStride + column;
      for (int64_t i = 1; i < pieces; i++) {
        const float* from = total + i * p.rows * sumStride;
        for (int64_t c = 0; c < columns; c++) total[c] += from[c];
      }
      finishRow(p, row, column, columns, total);
    }
  }
}

/** Each thread takes some of the columns. */
void sweepByColumns(const RowMajorProduct& p) {
  const int64_t out = p.weights.out, threads = currentThreads();
  // As many sweeps for each thread, as wide as the caches allow.
  const int64_t widest = p.rows <= 3 ? mostColumns : mostColumns / 2;
  const int64_t sweeps = threads * ((out + threads * widest - 1) / (threads * widest));
  const int64_t width = ((out + sweeps - 1) / sweeps + tileColumns - 1) / tileColumns * tileColumns;
  const int64_t sumStride = sumStrideOf(width);
  const Scratch scratch(p.rows * sumStride);
#pragma omp parallel for schedule(static)
  for (int64_t column = 0; column < out; column += width) {
    const int64_t columns = std::min(width, out - column);
    float* sums = scratch.ofThread();
    sumPiece(p, {column, columns, 0, p.weights.in}, sums, sumStride);
    for (int64_t r = 0; r < p.rows; r++) finishRow(p, r, column, columns, sums + r * sumStride);
  }
}

}  // namespace

int64_t mostRowMajorRows(Type type) {
  static const bool answer = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (!answer) return 0;
  // More rows are worth packing the weights for; tiles do that for bfloat16 too, but oneDNN's vectors may be wider.
  const bool tiles = type == Type::bf16 && instructionSet() == InstructionSet::avx2;
  return tiles ? std::numeric_limits<int64_t>::max() : mostStripRows;
}

/** More rows than strips are for. */
static void multiplyManyRows(const RowMajorProduct& p) {
  const int64_t out = p.weights.out;
  if (!p.halfTarget) {
    return multiplyTiledHalves(p.rows, p.x, p.weights, matrix(static_cast<float*>(p.y), out), p.bias);
  }
  float* sums = workspace().take(Slot::widenedSums, p.rows * out);
  multiplyTiledHalves(p.rows, p.x, p.weights, matrix(sums, out), p.bias);
  finishProduct(p.rows, out, sums, matrix(static_cast<bf16*>(p.y), out), false);
}

void multiplyRowMajor(const RowMajorProduct& p) {
  if (p.rows > mostStripRows) return multiplyManyRows(p);
  if (p.weights.type == Type::bf16 || p.rows > mostSweeping) return multiplyInStrips(p);
  const bool narrow = p.weights.out < mostColumns && p.weights.in >= 256;
  if (narrow && currentThreads() > 1) sweepByDepth(p);
  else sweepByColumns(p);
}

}  // namespace dylora

#else

namespace dylora {
int64_t mostRowMajorRows(Type) { return 0; }
void multiplyRowMajor(const RowMajorProduct&) {}
}  // namespace dylora

#endif
