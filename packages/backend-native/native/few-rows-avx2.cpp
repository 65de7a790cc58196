#include "few-rows-avx2.hpp"

#include <algorithm>

#include "attention-task.hpp"
#include "ops.hpp"
#include "row-kernels.hpp"

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
const int64_t mostColumns = 2048, mostSums = 1 << 15;

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

/** sums += x · w for `count` rows and `vectors` vectors of columns; asks for the weights `ahead` elements further on. */
#define DEFINE_TILE(Word)                                                                                          \
  DYLORA_INLINE void tile(const int count, const int vectors, int64_t depth, const Word* w, int64_t step,          \
                          int64_t ahead, const float* x, int64_t xStep, float* sums, int64_t sumStep) {            \
    __m256 s[groupRows][8];                                                                                        \
    _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) load(vectors, sums + r * sumStep, s[r]);               \
    for (int64_t k = 0; k < depth; k++, w += step) {                                                               \
      for (int at = 0; at < vectors * lanes; at += 64 / static_cast<int>(sizeof(Word))) __builtin_prefetch(w + ahead + at); \
      __m256 given[8];                                                                                             \
      load(vectors, w, given);                                                                                     \
      _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) {                                                    \
        const __m256 value = _mm256_broadcast_ss(x + r * xStep + k);                                               \
        _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) s[r][v] = _mm256_fmadd_ps(given[v], value, s[r][v]); \
      }                                                                                                            \
    }                                                                                                              \
    _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) {                                                      \
      _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) _mm256_storeu_ps(sums + r * sumStep + v * lanes, s[r][v]); \
    }                                                                                                              \
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

/** Sums of `rows` rows from `x` on with `width` columns of the weights from `w` on. */
template <class Word>
void sumColumns(const SweptProduct& p, const float* x, int64_t rows, const Word* w, int64_t width, float* sums,
                int64_t sumStep) {
  const int64_t in = p.weights.in, step = p.weights.step;
  const int64_t groups = (rows + groupRows - 1) / groupRows;
  // Measured: eight streams of weights are read fastest; with many rows it pays to load and store their sums less often.
  const int64_t most = groups == 1 ? 8 : rows > 16 && p.weights.type == Type::bf16 ? 32 : 16;
  for (int64_t k = 0; k < in; k += most) {
    const int64_t depth = std::min(most, in - k);
    for (int64_t group = 0; group < groups; group++) {
      const int64_t row = group * rows / groups, count = (group + 1) * rows / groups - row;
      sweep(count, width, depth, w + k * step, step, group == 0 ? most * step : 0, x + row * in + k, in,
            sums + row * sumStep, sumStep);
    }
  }
}

/** Columns `[column, column + width)` of the rows from `first` on. */
void multiplyColumns(const SweptProduct& p, int64_t first, int64_t rows, int64_t column, int64_t width, float* sums) {
  const RowMajor& weights = p.weights;
  const int64_t swept = (width + tileColumns - 1) / tileColumns * tileColumns, sumStep = swept + 16;
  std::fill(sums, sums + rows * sumStep, 0.0f);
  const float* x = p.x + first * weights.in;
  if (weights.type == Type::bf16) {
    sumColumns(p, x, rows, static_cast<const bf16*>(weights.data) + column, swept, sums, sumStep);
  } else {
    sumColumns(p, x, rows, static_cast<const float*>(weights.data) + column, swept, sums, sumStep);
  }
  for (int64_t row = 0; row < rows; row++) {
    float* from = sums + row * sumStep;
    if (p.bias != nullptr) {
      for (int64_t c = 0; c < width; c++) from[c] += p.bias[column + c];
    }
    const int64_t at = (first + row) * weights.out + column;
    if (p.halfTarget) rowKernels<bf16>().fromFloat(width, from, static_cast<bf16*>(p.y) + at);
    else std::copy(from, from + width, static_cast<float*>(p.y) + at);
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
  const int64_t out = p.weights.out, threads = currentThreads();
  const int64_t chunks = (p.rows + sweepRows - 1) / sweepRows, rows = (p.rows + chunks - 1) / chunks;
  // As many sweeps for each thread, as wide as the caches allow.
  const int64_t most = std::max(tileColumns, std::min(mostColumns, mostSums / rows));
  const int64_t each = (out + threads * most - 1) / (threads * most);
  const int64_t width = ((out + threads * each - 1) / (threads * each) + tileColumns - 1) / tileColumns * tileColumns;
  const Scratch scratch(rows * (width + 16));
#pragma omp parallel for schedule(static)
  for (int64_t column = 0; column < out; column += width) {
    for (int64_t first = 0; first < p.rows; first += rows) {
      multiplyColumns(p, first, std::min(rows, p.rows - first), column, std::min(width, out - column), scratch.ofThread());
    }
  }
}

}  // namespace dylora

#else

namespace dylora {
int64_t mostSweptRows(Type) { return 0; }
void multiplySweeping(const SweptProduct&) {}
}  // namespace dylora

#endif
