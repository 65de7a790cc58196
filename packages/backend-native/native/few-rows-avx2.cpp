#include "few-rows-avx2.hpp"

#include <algorithm>

#include "ops.hpp"
#include "row-kernels.hpp"
#include "thread-scratch.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include <immintrin.h>

// Functions that are inlined with constant counts, and not templates: instances of templates would not take on the
// instruction set of the region.
#define DYLORA_INLINE static inline __attribute__((always_inline))

namespace dylora {

namespace {

const int lanes = 8;
/** Rows whose sums fit the registers beside two vectors of weights. */
const int groupRows = 6;
/** Rows that share one sweep. */
const int64_t sweepRows = 48;
/** Columns of the widest tile. */
const int64_t tileColumns = 64;
/** Columns of a sweep, and the sums of all its rows: they stay in the second-level cache. */
const int64_t mostColumns = 4096, mostSums = 1 << 15;

#pragma GCC push_options
#pragma GCC target("avx2,fma")

/** Vectors of `count` times 8 columns. */
DYLORA_INLINE void load(const int count, const float* p, __m256* to) {
#pragma GCC unroll 8
  for (int v = 0; v < count; v++) to[v] = _mm256_loadu_ps(p + v * lanes);
}
DYLORA_INLINE void load(const int count, const bf16* p, __m256* to) {
#pragma GCC unroll 4
  for (int v = 0; v < count; v += 2) {
    const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + v * lanes));
    to[v] = _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
    to[v + 1] = _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(static_cast<int>(0xffff0000u))));
  }
}

DYLORA_INLINE void store(const int count, const __m256* from, float* p) {
#pragma GCC unroll 8
  for (int v = 0; v < count; v++) _mm256_storeu_ps(p + v * lanes, from[v]);
}

/** Numbers in a cache line. */
DYLORA_INLINE int lineOf(const float*) { return 16; }
DYLORA_INLINE int lineOf(const bf16*) { return 32; }

/** sums += x · w for `count` rows and `vectors` vectors of columns; asks for the weights `ahead` elements on. */
#define DEFINE_TILE(Word)                                                                                          \
  DYLORA_INLINE void tile(const int count, const int vectors, int64_t depth, const Word* w, int64_t step,          \
                          int64_t ahead, const float* x, int64_t xStep, float* sums, int64_t sumStep) {            \
    __m256 s[groupRows][8];                                                                                        \
    _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) load(vectors, sums + r * sumStep, s[r]);               \
    for (int64_t k = 0; k < depth; k++, w += step) {                                                               \
      for (int at = 0; at < vectors * lanes; at += lineOf(w)) __builtin_prefetch(w + ahead + at);                  \
      __m256 given[8];                                                                                             \
      load(vectors, w, given);                                                                                     \
      _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) {                                                    \
        const __m256 value = _mm256_broadcast_ss(x + r * xStep + k);                                               \
        _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) {                                                \
          s[r][v] = _mm256_fmadd_ps(given[v], value, s[r][v]);                                                     \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
    _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) store(vectors, s[r], sums + r * sumStep);              \
  }                                                                                                                \
                                                                                                                   \
  /** `width` columns of a group of rows, in tiles as wide as the registers allow. */                              \
  static void sweep(int64_t count, int64_t width, int64_t depth, const Word* w, int64_t step, int64_t ahead,       \
                    const float* x, int64_t xStep, float* sums, int64_t sumStep) {                                 \
    const int64_t columns = count == 1 ? 64 : count <= 3 ? 32 : 16;                                                \
    for (int64_t at = 0; at < width; at += columns, w += columns, sums += columns) {                               \
      switch (count) {                                                                                             \
        case 1: tile(1, 8, depth, w, step, ahead, x, xStep, sums, sumStep); break;                                 \
        case 2: tile(2, 4, depth, w, step, ahead, x, xStep, sums, sumStep); break;                                 \
        case 3: tile(3, 4, depth, w, step, ahead, x, xStep, sums, sumStep); break;                                 \
        case 4: tile(4, 2, depth, w, step, ahead, x, xStep, sums, sumStep); break;                                 \
        case 5: tile(5, 2, depth, w, step, ahead, x, xStep, sums, sumStep); break;                                 \
        default: tile(6, 2, depth, w, step, ahead, x, xStep, sums, sumStep);                                       \
      }                                                                                                            \
    }                                                                                                              \
  }
DEFINE_TILE(float)
DEFINE_TILE(bf16)
#undef DEFINE_TILE

#pragma GCC pop_options

/** What one thread works on at a time. */
struct Piece {
  int64_t row, rows, column, columns, k, depth;
};

/** Adds the products of a piece to sums `[rows, sumStep]`. */
template <class Word>
void sumPiece(const SweptProduct& p, const Piece& piece, const Word* weights, float* sums, int64_t sumStep) {
  const int64_t in = p.weights.in, step = p.weights.step, rows = piece.rows;
  const int64_t width = (piece.columns + tileColumns - 1) / tileColumns * tileColumns;
  const int64_t groups = (rows + groupRows - 1) / groupRows;
  const bool half = p.weights.type == Type::bf16;
  // Measured: eight streams of weights are read fastest, of bfloat16 sixteen; with many rows it pays to load and store
  // their sums less often. The CPU foresees few long streams better than it is told.
  const int64_t most = groups > 1 ? (half && rows > 16 ? 32 : 16) : half && rows > 1 ? 16 : 8;
  const bool foreseen = rows <= 3 && most == 8 && width * static_cast<int64_t>(sizeof(Word)) >= 8192;
  const int64_t ahead = foreseen ? 0 : most * step, end = piece.k + piece.depth;
  for (int64_t k = piece.k; k < end; k += most) {
    const int64_t depth = std::min(most, end - k);
    for (int64_t group = 0; group < groups; group++) {
      const int64_t row = group * rows / groups, count = (group + 1) * rows / groups - row;
      sweep(count, width, depth, weights + k * step + piece.column, step, group == 0 ? ahead : 0,
            p.x + (piece.row + row) * in + k, in, sums + row * sumStep, sumStep);
    }
  }
}

void sumPiece(const SweptProduct& p, const Piece& piece, float* sums, int64_t sumStep) {
  std::fill(sums, sums + piece.rows * sumStep, 0.0f);
  if (p.weights.type == Type::bf16) sumPiece(p, piece, static_cast<const bf16*>(p.weights.data), sums, sumStep);
  else sumPiece(p, piece, static_cast<const float*>(p.weights.data), sums, sumStep);
}

/** Bias added to a row of sums, and stored. */
void finishRow(const SweptProduct& p, int64_t row, int64_t column, int64_t columns, float* sums) {
  if (p.bias != nullptr) {
    for (int64_t c = 0; c < columns; c++) sums[c] += p.bias[column + c];
  }
  const int64_t at = row * p.weights.out + column;
  if (p.halfTarget) rowKernels<bf16>().fromFloat(columns, sums, static_cast<bf16*>(p.y) + at);
  else std::copy(sums, sums + columns, static_cast<float*>(p.y) + at);
}

/** Room for the sums of so many columns: whole tiles, and rows that do not begin a multiple of 1 KiB apart. */
int64_t sumStepOf(int64_t columns) { return (columns + tileColumns - 1) / tileColumns * tileColumns + 16; }

/** Each thread takes some of the depth with all columns: half as many are read at two thirds of the rate. */
void multiplyByDepth(const SweptProduct& p) {
  const int64_t in = p.weights.in, out = p.weights.out, sumStep = sumStepOf(out), threads = currentThreads();
  const int64_t each = ((in + threads - 1) / threads + 15) / 16 * 16, pieces = (in + each - 1) / each;
  float* sums = workspace().take(Slot::heads, pieces * p.rows * sumStep);
#pragma omp parallel
  {
#pragma omp for schedule(static)
    for (int64_t i = 0; i < pieces; i++) {
      sumPiece(p, {0, p.rows, 0, out, i * each, std::min(each, in - i * each)}, sums + i * p.rows * sumStep, sumStep);
    }
    const int64_t width = 512, parts = (out + width - 1) / width;
#pragma omp for schedule(static)
    for (int64_t task = 0; task < p.rows * parts; task++) {
      const int64_t row = task / parts, column = task % parts * width, columns = std::min(width, out - column);
      float* total = sums + row * sumStep + column;
      for (int64_t i = 1; i < pieces; i++) {
        const float* from = total + i * p.rows * sumStep;
        for (int64_t c = 0; c < columns; c++) total[c] += from[c];
      }
      finishRow(p, row, column, columns, total);
    }
  }
}

/** Each thread takes some of the columns. */
void multiplyByColumns(const SweptProduct& p) {
  const int64_t out = p.weights.out, threads = currentThreads();
  const int64_t chunks = (p.rows + sweepRows - 1) / sweepRows, rows = (p.rows + chunks - 1) / chunks;
  // As many sweeps for each thread, as wide as the caches allow.
  const int64_t widest = rows <= 3 ? mostColumns : mostColumns / 2;
  const int64_t most = std::max(tileColumns, std::min(widest, mostSums / rows));
  const int64_t sweeps = threads * ((out + threads * most - 1) / (threads * most));
  const int64_t width = ((out + sweeps - 1) / sweeps + tileColumns - 1) / tileColumns * tileColumns;
  const int64_t sumStep = sumStepOf(width);
  const Scratch scratch(rows * sumStep);
#pragma omp parallel for schedule(static)
  for (int64_t column = 0; column < out; column += width) {
    for (int64_t row = 0; row < p.rows; row += rows) {
      const int64_t taken = std::min(rows, p.rows - row), columns = std::min(width, out - column);
      float* sums = scratch.ofThread();
      sumPiece(p, {row, taken, column, columns, 0, p.weights.in}, sums, sumStep);
      for (int64_t r = 0; r < taken; r++) finishRow(p, row + r, column, columns, sums + r * sumStep);
    }
  }
}

}  // namespace

int64_t mostSweptRows(Type type) {
  static const bool answer = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (!answer) return 0;
  // Beyond these, copying the weights for oneDNN, or widening all of them first, costs less than its product gains.
  return type == Type::f32 ? 16 : 192;
}

void multiplySweeping(const SweptProduct& p) {
  const bool narrow = p.weights.out < mostColumns && p.weights.in >= 256;
  if (p.rows <= groupRows && narrow && currentThreads() > 1) multiplyByDepth(p);
  else multiplyByColumns(p);
}

}  // namespace dylora

#else

namespace dylora {
int64_t mostSweptRows(Type) { return 0; }
void multiplySweeping(const SweptProduct&) {}
}  // namespace dylora

#endif
