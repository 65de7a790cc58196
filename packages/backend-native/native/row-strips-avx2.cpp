#include <omp.h>

#include <algorithm>

#include "few-rows-avx2.hpp"
#include "workspace.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include "avx2-vectors.hpp"

namespace dylora {

namespace {

/** Rows whose sums of two vectors fit the registers, beside two vectors of weights; and of four. */
const int groupRows = 6, wideRows = 2;
/** Columns of the sums of a group. */
const int64_t tileColumns = 2 * avx2Lanes;
/** Depth of the part of a strip that all rows run over while the first cache holds it; where they run once, less: the
 * next part is asked for then, not too early. */
const int64_t partDepth = 256, onceDepth = 32;
/** Depth that strips are read to before the next depth where they lie side by side: what the CPU reads beyond a strip,
 * unasked, is still there when that is read. */
const int64_t sideBySideDepth = 512;
/** Sums of a thread's strips: they stay in the second-level cache. */
const int64_t mostSums = 1 << 13;

/** Lines of weights that are read after the present ones: so many are asked for with every four of depth. */
struct Ahead {
  const char* line;
  int64_t step;
  int count;

  void fetch() {
    for (int i = 0; i < count; i++, line += step) __builtin_prefetch(line);
  }
};

/** What a tile reads its weights from; `widening` keeps them as float32 for the tiles after it. */
enum class Source { floats, halves, widening };

/** Weights `[depth, step]` from a column on, and rows `[depth, rows]`. */
struct TileOperands {
  int64_t depth, step;
  const void* weights;
  const float* x;
  float* kept;
  /** `[rows, sumStep]`. */
  float* sums;
  int64_t sumStep;
};

#pragma GCC push_options
#pragma GCC target("avx2,fma")

/** One of the depth: s += w · x for `count` rows. */
DYLORA_INLINE void addLine(const int count, const int vectors, const Source source, const void* w, const float* x,
                           float* kept, __m256 (*s)[4]) {
  __m256 given[4];
  if (source == Source::floats) load(vectors, static_cast<const float*>(w), given);
  else load(vectors, static_cast<const bf16*>(w), given);
  if (source == Source::widening) store(vectors, given, kept);
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) {
    const __m256 value = _mm256_broadcast_ss(x + r);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) s[r][v] = _mm256_fmadd_ps(given[v], value, s[r][v]);
  }
}

/** sums += w · x for `count` rows and `vectors` vectors of columns. */
DYLORA_INLINE void addTile(const int count, const int vectors, const Source source, const TileOperands& t, Ahead& ahead) {
  float* sums = t.sums;
  const int64_t sumStep = t.sumStep;
  __m256 s[groupRows][4];
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) load(vectors, sums + r * sumStep, s[r]);
  const int64_t depth = t.depth, step = t.step * (source == Source::floats ? 4 : 2);
  const char* w = static_cast<const char*>(t.weights);
  const float* x = t.x;
  float* kept = t.kept;
  Ahead lines = ahead;
  int64_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    lines.fetch();
#pragma GCC unroll 1
    for (int i = 0; i < 4; i++, w += step, x += count, kept += tileColumns) addLine(count, vectors, source, w, x, kept, s);
  }
  for (; k < depth; k++, w += step, x += count, kept += tileColumns) addLine(count, vectors, source, w, x, kept, s);
  ahead = lines;
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) store(vectors, s[r], sums + r * sumStep);
}

DYLORA_INLINE void addTile(const int count, const Source source, const TileOperands& t, Ahead& ahead) {
  switch (source) {
    case Source::floats: return addTile(count, 2, Source::floats, t, ahead);
    case Source::halves: return addTile(count, count <= wideRows ? 4 : 2, Source::halves, t, ahead);
    default: return addTile(count, 2, Source::widening, t, ahead);
  }
}

static void addTile(int64_t count, const Source source, const TileOperands& t, Ahead& ahead) {
  switch (count) {
    case 1: return addTile(1, source, t, ahead);
    case 2: return addTile(2, source, t, ahead);
    case 3: return addTile(3, source, t, ahead);
    case 4: return addTile(4, source, t, ahead);
    case 5: return addTile(5, source, t, ahead);
    default: return addTile(6, source, t, ahead);
  }
}

#pragma GCC pop_options

/** Rows in groups, as even as can be. */
struct Groups {
  int64_t rows, count;
  explicit Groups(int64_t given) : rows(given), count((given + groupRows - 1) / groupRows) {}
  int64_t first(int64_t group) const { return group * rows / count; }
  int64_t size(int64_t group) const { return first(group + 1) - first(group); }
};

/** A product whose rows lie in groups, each `[in, rows of the group]`. */
struct StripProduct {
  const RowMajorProduct& p;
  const Groups groups;
  const float* x;

  bool half() const { return p.weights.type == Type::bf16; }
  int64_t columns() const { return p.weights.stripColumns(); }
  int64_t strips() const { return (p.weights.out + columns() - 1) / columns(); }
  const char* strip(int64_t index, int64_t k) const {
    const RowMajor& w = p.weights;
    return static_cast<const char*>(w.data) + (index * w.strip + k * w.step) * w.elementBytes();
  }
};

/** Adds to sums `[rows, columns]` of the strip that is at `w` from depth `from` on; at `next` or nowhere is read then. */
void addStrip(const StripProduct& product, const char* w, int64_t from, int64_t depth, const char* next, float* sums) {
  alignas(64) float kept[partDepth * tileColumns];
  const RowMajor& weights = product.p.weights;
  const Groups& groups = product.groups;
  const int64_t in = weights.in, bytes = weights.elementBytes(), line = weights.step * bytes, end = from + depth;
  const bool alone = groups.count == 1;
  const int64_t columns = product.columns(), width = alone && groups.rows <= wideRows ? columns : tileColumns;
  const int64_t passes = groups.count * (columns / width), part = passes == 1 ? onceDepth : partDepth;
  for (int64_t k = from; k < end; k += part, w += part * line) {
    const int64_t taken = std::min(part, end - k);
    const char* after = k + taken < end ? w + taken * line : next;
    // The last byte: where a strip lies across two lines, the strip before it has brought the first of them.
    Ahead ahead{after == nullptr ? nullptr : after + columns * bytes - 1, line, 0};
    for (int64_t pass = 0; pass < passes; pass++) {
      const int64_t column = pass / groups.count * width, group = pass % groups.count;
      const int64_t row = groups.first(group), count = groups.size(group);
      if (after != nullptr) ahead.count = static_cast<int>(4 * (pass + 1) / passes - 4 * pass / passes);
      const float* x = product.x + row * in + k * count;
      float* target = sums + row * columns + column;
      if (product.half() && group > 0) {
        addTile(count, Source::floats, {taken, tileColumns, kept, x, nullptr, target, columns}, ahead);
      } else {
        const Source source = !product.half() ? Source::floats : alone ? Source::halves : Source::widening;
        addTile(count, source, {taken, weights.step, w + column * bytes, x, kept, target, columns}, ahead);
      }
    }
  }
}

/** Strips `[begin, end)`, some of them side by side. */
void multiplyStrips(const StripProduct& product, int64_t begin, int64_t end) {
  alignas(64) float sums[mostSums];
  const RowMajorProduct& p = product.p;
  const int64_t in = p.weights.in, columns = product.columns(), each = p.rows * columns;
  const int64_t most = product.half() ? 1 : mostSums / each, depth = product.half() ? in : sideBySideDepth;
  for (int64_t first = begin; first < end; first += most) {
    const int64_t last = std::min(end, first + most);
    std::fill(sums, sums + (last - first) * each, 0.0f);
    for (int64_t k = 0; k < in; k += depth) {
      for (int64_t strip = first; strip < last; strip++) {
        const char* next = strip + 1 < last ? product.strip(strip + 1, k)
                           : k + depth < in ? product.strip(first, k + depth)
                           : last < end     ? product.strip(last, 0)
                                            : nullptr;
        addStrip(product, product.strip(strip, k), k, std::min(depth, in - k), next, sums + (strip - first) * each);
      }
    }
    for (int64_t strip = first; strip < last; strip++) {
      const int64_t column = strip * columns, taken = std::min(columns, p.weights.out - column);
      for (int64_t r = 0; r < p.rows; r++) {
        finishRow(p, r, column, taken, sums + (strip - first) * each + r * columns);
      }
    }
  }
}

/** Where a group's rows lie one number of each after another; part of the loop over all. */
void interleave(const RowMajorProduct& p, const Groups& groups, int64_t group, int64_t from, int64_t to, float* x) {
  const int64_t in = p.weights.in, row = groups.first(group), count = groups.size(group);
  for (int64_t k = from; k < to; k++) {
    for (int64_t r = 0; r < count; r++) x[row * in + k * count + r] = p.x[(row + r) * in + k];
  }
}

}  // namespace

void multiplyInStrips(const RowMajorProduct& p) {
  const int64_t in = p.weights.in, lines = 256, pieces = (in + lines - 1) / lines;
  const Groups groups(p.rows);
  float* x = p.rows == 1 ? nullptr : workspace().take(Slot::heads, p.rows * in);
  const StripProduct product{p, groups, x == nullptr ? p.x : x};
#pragma omp parallel
  {
    if (x != nullptr) {
#pragma omp for schedule(static)
      for (int64_t task = 0; task < groups.count * pieces; task++) {
        const int64_t from = task % pieces * lines;
        interleave(p, groups, task / pieces, from, std::min(in, from + lines), x);
      }
    }
    const int64_t strips = product.strips(), threads = omp_get_num_threads(), thread = omp_get_thread_num();
    multiplyStrips(product, strips * thread / threads, strips * (thread + 1) / threads);
  }
}

}  // namespace dylora

#else

namespace dylora {
void multiplyInStrips(const RowMajorProduct&) {}
}  // namespace dylora

#endif
