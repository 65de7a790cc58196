#include "frozen/few-rows.hpp"

#include <cstring>
#include <vector>

#include "common/threads.hpp"
#include "cpu/tiles.hpp"
#include "frozen/few-rows-avx2.hpp"
#include "memory/workspace.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

/** A product whose matrix lies in panels. */
struct PanelProduct {
  int64_t rows, depth, out;
  /** `[rows, depth]`. */
  const void* x;
  /** Of each part of the matrix; parts are slices of the depth or of the columns. */
  std::vector<const void*> panels;
  /** Depth of a part, and how many panels lie in it. */
  int64_t partDepth, partPanels;
  const float* bias;
  void* y;
  bool halfTarget;

  int64_t panelCount() const { return (out + Panels::width - 1) / Panels::width; }
  int64_t slices() const { return depth / partDepth; }

  /** A panel within a slice of the depth, of so many rows of words. */
  template <class Word>
  const Word* panel(int64_t index, int64_t slice, int64_t rowsOfWords) const {
    const int64_t part = index / partPanels;
    return static_cast<const Word*>(panels[part + slice]) + (index - part * partPanels) * rowsOfWords * Panels::width;
  }
};

/** Rows up to which a kernel is faster than oneDNN's product; 0 where the CPU does not have it. */
int64_t mostRows(Type type);
void multiplyFloats(const PanelProduct& product);
void multiplyHalves(const PanelProduct& product);

const float* asFloats(int64_t, int64_t, const float* x) { return x; }
const float* asFloats(int64_t rows, int64_t n, const bf16* x) {
  float* floats = workspace().take(Slot::paddedInput, rows * n);
  forRows(rows, n, [&](int64_t row) { rowKernels<bf16>().toFloat(n, x + row * n, floats + row * n); });
  return floats;
}

}  // namespace

template <class T, class Y>
void frozenProduct(PackedMatrix& weights, int64_t rows, const T* x, const float* bias, Y* y) {
  const int64_t in = weights.inFeatures(), out = weights.outFeatures();
  const RowMajor rowMajor = weights.rowMajor();
  if (rowMajor.data != nullptr && rows <= mostRowMajorRows(weights.type())) {
    return multiplyRowMajor({rows, asFloats(rows, in, x), rowMajor, bias, y, typeOf<Y>() == Type::bf16});
  }
  std::vector<const void*> panels;
  int64_t partDepth = 0;
  for (int64_t i = 0; i < weights.parts(); i++) {
    const Panels part = weights.part(i).panels();
    panels.push_back(part.data);
    partDepth = part.depth;
  }
  const bool slices = weights.parts() > 1 && !weights.cutAcrossOutputs();
  const bool uneven = slices && in % weights.side() != 0;
  if (panels[0] == nullptr || uneven || rows > mostRows(weights.type())) {
    weights.apply(false, rows, matrix(x, in), matrix(y, out), bias, false);
    return;
  }
  const int64_t depth = slices ? in : partDepth, columns = weights.part(0).outFeatures();
  const T* padded = x;
  if (depth != in) {
    T* copy = workspace().take<T>(Slot::paddedInput, rows * depth);
    std::memset(static_cast<void*>(copy), 0, rows * depth * sizeof(T));
    for (int64_t row = 0; row < rows; row++) std::memcpy(copy + row * depth, x + row * in, in * sizeof(T));
    padded = copy;
  }
  const int64_t partPanels = (columns + Panels::width - 1) / Panels::width;
  const PanelProduct product{rows, depth, out, padded, panels, partDepth, partPanels, bias, y,
                             typeOf<Y>() == Type::bf16};
  if (typeOf<T>() == Type::bf16) multiplyHalves(product);
  else multiplyFloats(product);
}

template void frozenProduct(PackedMatrix&, int64_t, const float*, const float*, float*);
template void frozenProduct(PackedMatrix&, int64_t, const bf16*, const float*, float*);
template void frozenProduct(PackedMatrix&, int64_t, const bf16*, const float*, bf16*);

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

}  // namespace dylora

#include <immintrin.h>

// The intrinsics of gcc 12 start from a variable that is meant to be uninitialised.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

// Functions that are inlined with constant row counts, and not templates: instances of templates would not take on the
// instruction set of the region.
#define DYLORA_INLINE static inline __attribute__((always_inline))

namespace dylora {

namespace {

const int lanes = 16, vectors = Panels::width / lanes;
/** Rows up to which the vector kernels beat oneDNN, and the tile kernel. */
const int vectorRows = 3, tileRows = 96;
/** Steps of a loop, each of four lines of weights, that the next weights are asked for ahead: a kibibyte. */
const int ahead = 4;

/** May lie beyond the matrix: nothing is read then. */
DYLORA_INLINE void fetchLine(const void* line) { __builtin_prefetch(line); }

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512bf16,prefer-vector-width=512")

/** Bias added to 16 sums, and stored at a row's column. */
DYLORA_INLINE void finishHalves(const PanelProduct& p, int64_t row, int64_t column, __m512 sum) {
  if (column >= p.out) return;
  const int64_t left = p.out - column;
  const __mmask16 mask = left >= lanes ? 0xffff : static_cast<__mmask16>((1u << left) - 1);
  if (p.bias != nullptr) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, p.bias + column));
  const int64_t at = row * p.out + column;
  if (p.halfTarget) {
    const __m256i half = (__m256i)_mm512_cvtneps_pbh(sum);
    _mm256_mask_storeu_epi16(static_cast<bf16*>(p.y) + at, mask, half);
  } else {
    _mm512_mask_storeu_ps(static_cast<float*>(p.y) + at, mask, sum);
  }
}

/** A panel with the `count` rows there are; vdpbf16ps adds the products of a pair to each of 16 columns. */
DYLORA_INLINE void halfRowsOfPanel(const int count, const PanelProduct& p, int64_t panel) {
  const int64_t stride = p.depth / 2, pairs = p.partDepth / 2;
  __m512 sums[vectorRows][vectors];
#pragma GCC unroll 3
  for (int r = 0; r < count; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  }
  for (int64_t slice = 0; slice < p.slices(); slice++) {
    const uint32_t* weights = p.panel<uint32_t>(panel, slice, pairs);
    const uint32_t* x = static_cast<const uint32_t*>(p.x) + slice * pairs;
    for (int64_t pair = 0; pair < pairs; pair++) {
      __m512bh w[vectors];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) fetchLine(weights + (pair + ahead) * Panels::width + v * lanes);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) w[v] = (__m512bh)_mm512_loadu_si512(weights + pair * Panels::width + v * lanes);
#pragma GCC unroll 3
      for (int r = 0; r < count; r++) {
        const __m512bh value = (__m512bh)_mm512_set1_epi32(static_cast<int>(x[r * stride + pair]));
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], w[v], value);
      }
    }
  }
#pragma GCC unroll 3
  for (int r = 0; r < count; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) finishHalves(p, r, panel * Panels::width + v * lanes, sums[r][v]);
  }
}

static void halvesOnVectors(const PanelProduct& p) {
#pragma omp parallel for schedule(static)
  for (int64_t panel = 0; panel < p.panelCount(); panel++) {
    switch (p.rows) {
      case 1: halfRowsOfPanel(1, p, panel); break;
      case 2: halfRowsOfPanel(2, p, panel); break;
      default: halfRowsOfPanel(vectorRows, p, panel);
    }
  }
}

#ifdef DYLORA_TILES
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-bf16")

/** A panel with `count` rows, as the tiles have, from `row` on. */
static void tileRowsOfPanel(int64_t count, const PanelProduct& p, int64_t panel, int64_t row) {
  const int64_t stride = Panels::width * 4;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t slice = 0; slice < p.slices(); slice++) {
    const uint32_t* weights = p.panel<uint32_t>(panel, slice, p.partDepth / 2);
    const bf16* x = static_cast<const bf16*>(p.x) + row * p.depth + slice * p.partDepth;
    for (int64_t k = 0; k < p.partDepth; k += 32) {
      const uint32_t* w = weights + k / 2 * Panels::width;
      for (int line = 0; line < 64; line++) fetchLine(w + 16 * Panels::width + line * lanes);
      _tile_loadd(4, x + k, p.depth * 2);
      _tile_loadd(5, w, stride);
      _tile_loadd(6, w + 16, stride);
      _tile_loadd(7, w + 32, stride);
      _tile_dpbf16ps(0, 4, 5);
      _tile_loadd(5, w + 48, stride);
      _tile_dpbf16ps(1, 4, 6);
      _tile_dpbf16ps(2, 4, 7);
      _tile_dpbf16ps(3, 4, 5);
    }
  }
  float sums[16 * Panels::width];
  _tile_stored(0, sums, stride);
  _tile_stored(1, sums + 16, stride);
  _tile_stored(2, sums + 32, stride);
  _tile_stored(3, sums + 48, stride);
  for (int64_t r = 0; r < count; r++) {
    for (int v = 0; v < vectors; v++) {
      const __m512 sum = _mm512_loadu_ps(sums + r * Panels::width + v * lanes);
      finishHalves(p, row + r, panel * Panels::width + v * lanes, sum);
    }
  }
}

static void halvesOnTiles(const PanelProduct& p) {
  const int64_t count = p.rows < 16 ? p.rows : 16;
#pragma omp parallel
  {
    const Tiles tiles(count);
#pragma omp for schedule(static)
    for (int64_t panel = 0; panel < p.panelCount(); panel++) {
      // The last rows are taken with some before them, which are computed twice, so that they fill the tiles.
      for (int64_t row = 0; row < p.rows; row += count) {
        tileRowsOfPanel(count, p, panel, row + count > p.rows ? p.rows - count : row);
      }
    }
  }
}
#pragma GCC pop_options
#endif
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,prefer-vector-width=512")

/** A panel with the `count` rows there are. */
DYLORA_INLINE void floatRowsOfPanel(const int count, const PanelProduct& p, int64_t panel) {
  const float* weights = p.panel<float>(panel, 0, p.depth);
  const float* x = static_cast<const float*>(p.x);
  __m512 sums[vectorRows][vectors];
#pragma GCC unroll 3
  for (int r = 0; r < count; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  }
  for (int64_t k = 0; k < p.depth; k++) {
    __m512 w[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) fetchLine(weights + (k + ahead) * Panels::width + v * lanes);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) w[v] = _mm512_loadu_ps(weights + k * Panels::width + v * lanes);
#pragma GCC unroll 3
    for (int r = 0; r < count; r++) {
      const __m512 value = _mm512_set1_ps(x[r * p.depth + k]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_fmadd_ps(w[v], value, sums[r][v]);
    }
  }
#pragma GCC unroll 3
  for (int r = 0; r < count; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      const int64_t column = panel * Panels::width + v * lanes, left = p.out - column;
      if (left <= 0) continue;
      const __mmask16 mask = left >= lanes ? 0xffff : static_cast<__mmask16>((1u << left) - 1);
      __m512 sum = sums[r][v];
      if (p.bias != nullptr) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, p.bias + column));
      _mm512_mask_storeu_ps(static_cast<float*>(p.y) + r * p.out + column, mask, sum);
    }
  }
}

static void floatsOnVectors(const PanelProduct& p) {
#pragma omp parallel for schedule(static)
  for (int64_t panel = 0; panel < p.panelCount(); panel++) {
    switch (p.rows) {
      case 1: floatRowsOfPanel(1, p, panel); break;
      case 2: floatRowsOfPanel(2, p, panel); break;
      default: floatRowsOfPanel(vectorRows, p, panel);
    }
  }
}
#pragma GCC pop_options

bool hasVectors() {
  static const bool answer = __builtin_cpu_supports("avx512f");
  return answer;
}

bool hasHalfVectors() {
  static const bool answer = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512vl");
  return answer;
}

bool useTiles() {
#ifdef DYLORA_TILES
  return hasTiles();
#else
  return false;
#endif
}

int64_t mostRows(Type type) {
  if (type == Type::f32) return hasVectors() ? vectorRows : 0;
  if (!hasHalfVectors()) return 0;
  return useTiles() ? tileRows : vectorRows;
}

void multiplyFloats(const PanelProduct& product) { floatsOnVectors(product); }

void multiplyHalves(const PanelProduct& product) {
#ifdef DYLORA_TILES
  if (useTiles() && product.rows > 1) return halvesOnTiles(product);
#endif
  halvesOnVectors(product);
}

}  // namespace
}  // namespace dylora

#else

namespace {
int64_t mostRows(Type) { return 0; }
void multiplyFloats(const PanelProduct&) {}
void multiplyHalves(const PanelProduct&) {}
}  // namespace
}  // namespace dylora

#endif
