#include "few-rows-avx2.hpp"

#include "row-kernels.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include <immintrin.h>

// Functions that are inlined with constant counts, and not templates: instances of templates would not take on the
// instruction set of the region.
#define DYLORA_INLINE static inline __attribute__((always_inline))

namespace dylora {

namespace {

const int lanes = 8, width = ColumnBlocks::width;
/** Rows whose sums fit the registers beside two vectors of weights. */
const int groupRows = 6;
const int64_t mostRows = 48;
/** Depth that is worked on at a time: its weights of a block stay in the first-level cache for all rows. */
const int64_t stepDepth = 64;

#pragma GCC push_options
#pragma GCC target("avx2,fma")

DYLORA_INLINE __m256 vectorAt(const float* p) { return _mm256_loadu_ps(p); }
DYLORA_INLINE __m256 vectorAt(const bf16* p) {
  const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
}

/** sums `[count, 64]` += x · w for `vectors` vectors of columns; asks for the weights `ahead` elements further on. */
#define DEFINE_TILE(Word, name)                                                                                       \
  DYLORA_INLINE void name(const int count, const int vectors, int64_t depth, const Word* w, int64_t rowStep,          \
                          int64_t ahead, const float* x, int64_t xStep, float* sums) {                                \
    __m256 s[groupRows][8];                                                                                           \
    _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) {                                                         \
      _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) s[r][v] = vectorAt(sums + r * width + v * lanes);     \
    }                                                                                                                 \
    for (int64_t k = 0; k < depth; k++, w += rowStep) {                                                               \
      for (int at = 0; at < vectors * lanes; at += 64 / static_cast<int>(sizeof(Word))) {                             \
        __builtin_prefetch(w + ahead + at);                                                                           \
      }                                                                                                               \
      __m256 given[8];                                                                                                \
      _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) given[v] = vectorAt(w + v * lanes);                   \
      _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) {                                                       \
        const __m256 value = _mm256_broadcast_ss(x + r * xStep + k);                                                  \
        _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) s[r][v] = _mm256_fmadd_ps(given[v], value, s[r][v]); \
      }                                                                                                               \
    }                                                                                                                 \
    _Pragma("GCC unroll 6") for (int r = 0; r < count; r++) {                                                         \
      _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) _mm256_storeu_ps(sums + r * width + v * lanes, s[r][v]); \
    }                                                                                                                 \
  }
DEFINE_TILE(float, floatTile)
DEFINE_TILE(bf16, halfTile)
#undef DEFINE_TILE

/** A group of rows with a step of a block, in tiles as wide as the registers allow. */
#define DEFINE_GROUP(Word, name, tile)                                                                                \
  static void name(int64_t count, int64_t depth, const Word* w, int64_t rowStep, int64_t ahead, const float* x,       \
                   int64_t xStep, float* sums) {                                                                      \
    if (count == 1) return tile(1, 8, depth, w, rowStep, ahead, x, xStep, sums);                                      \
    for (int column = 0; column < width; column += count > 3 ? 16 : 32) {                                             \
      const Word* from = w + column;                                                                                  \
      float* to = sums + column;                                                                                      \
      switch (count) {                                                                                                \
        case 2: tile(2, 4, depth, from, rowStep, ahead, x, xStep, to); break;                                         \
        case 3: tile(3, 4, depth, from, rowStep, ahead, x, xStep, to); break;                                         \
        case 4: tile(4, 2, depth, from, rowStep, ahead, x, xStep, to); break;                                         \
        case 5: tile(5, 2, depth, from, rowStep, ahead, x, xStep, to); break;                                         \
        default: tile(6, 2, depth, from, rowStep, ahead, x, xStep, to);                                               \
      }                                                                                                               \
    }                                                                                                                 \
  }
DEFINE_GROUP(float, floatGroup, floatTile)
DEFINE_GROUP(bf16, halfGroup, halfTile)
#undef DEFINE_GROUP

/** A step of a bfloat16 block in float32, row-major; asks for the next step. */
static void widenStep(int64_t depth, const bf16* w, int64_t rowStep, float* target) {
  for (int64_t k = 0; k < depth; k++, w += rowStep, target += width) {
    __builtin_prefetch(w + stepDepth * rowStep);
    __builtin_prefetch(w + stepDepth * rowStep + 32);
#pragma GCC unroll 8
    for (int v = 0; v < width / lanes; v++) _mm256_storeu_ps(target + v * lanes, vectorAt(w + v * lanes));
  }
}

#pragma GCC pop_options

/** Sums `[rows, 64]` of a block. */
void sumBlock(const BlockProduct& p, int64_t block, float* sums) {
  const ColumnBlocks& weights = p.weights;
  const bool half = weights.type == Type::bf16;
  const float* floats = static_cast<const float*>(weights.data) + (half ? 0 : block * weights.blockStep);
  const bf16* halves = static_cast<const bf16*>(weights.data) + (half ? block * weights.blockStep : 0);
  const int64_t groups = (p.rows + groupRows - 1) / groupRows, step = p.rows == 1 ? weights.depth : stepDepth;
  const int64_t ahead = (p.rows == 1 ? 16 : stepDepth) * weights.rowStep;
  alignas(64) float wide[stepDepth * width];
  for (int64_t k = 0; k < weights.depth; k += step) {
    const int64_t depth = weights.depth - k < step ? weights.depth - k : step;
    const bool widen = half && groups > 1;
    if (widen) widenStep(depth, halves + k * weights.rowStep, weights.rowStep, wide);
    for (int64_t group = 0; group < groups; group++) {
      const int64_t row = group * p.rows / groups, count = (group + 1) * p.rows / groups - row;
      const float* x = p.x + row * weights.depth + k;
      float* to = sums + row * width;
      if (widen) {
        floatGroup(count, depth, wide, width, 0, x, weights.depth, to);
      } else if (half) {
        halfGroup(count, depth, halves + k * weights.rowStep, weights.rowStep, ahead, x, weights.depth, to);
      } else {
        floatGroup(count, depth, floats + k * weights.rowStep, weights.rowStep, ahead, x, weights.depth, to);
      }
    }
  }
}

}  // namespace

int64_t mostBlockRows(Type) {
  static const bool answer = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return answer ? mostRows : 0;
}

void multiplyBlocks(const BlockProduct& p) {
  const int64_t out = p.weights.out;
#pragma omp parallel for schedule(static)
  for (int64_t block = 0; block < p.weights.count(); block++) {
    alignas(64) float sums[mostRows * width];
    for (int64_t i = 0; i < p.rows * width; i++) sums[i] = 0;
    sumBlock(p, block, sums);
    const int64_t column = block * width, count = out - column < width ? out - column : width;
    for (int64_t row = 0; row < p.rows; row++) {
      float* from = sums + row * width;
      if (p.bias != nullptr) {
        for (int64_t c = 0; c < count; c++) from[c] += p.bias[column + c];
      }
      const int64_t at = row * out + column;
      if (p.halfTarget) rowKernels<bf16>().fromFloat(count, from, static_cast<bf16*>(p.y) + at);
      else __builtin_memcpy(static_cast<float*>(p.y) + at, from, count * sizeof(float));
    }
  }
}

}  // namespace dylora

#else

namespace dylora {
int64_t mostBlockRows(Type) { return 0; }
void multiplyBlocks(const BlockProduct&) {}
}  // namespace dylora

#endif
