#include "frozen/row-strips-avx2.hpp"

#include <omp.h>

#include <algorithm>

#include "frozen/strip-tile.hpp"
#include "memory/workspace.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

namespace dylora {

namespace {

/** Depth of the part of a strip that all rows run over while the first cache holds it; where they run once, less: the
 * next part is asked for then, not too early. */
const int64_t partDepth = 256, onceDepth = 32;
/** Depth that strips are read to before the next depth where they lie side by side: what the CPU reads beyond a strip,
 * unasked, is still there when that is read. */
const int64_t sideBySideDepth = 512;
/** Strips that a thread takes at least, where they lie side by side. */
const int64_t mostSideBySide = 32;
/** Into how many shares for each thread the strips are divided. */
const int64_t shares = 8;
/** Sums of a thread's strips: they stay in the second-level cache. */
const int64_t mostSums = 1 << 13;

/** Rows in groups, as even as can be. */
struct Groups {
  int64_t rows, count;
  explicit Groups(int64_t given) : rows(given), count((given + stripTileRows - 1) / stripTileRows) {}
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
  /** Strips that are read together, a part of the depth at a time. */
  int64_t sideBySide() const { return half() ? 1 : mostSums / (p.rows * columns()); }
  int64_t strips() const { return (p.weights.out + columns() - 1) / columns(); }
  const char* strip(int64_t index, int64_t k) const {
    const RowMajor& w = p.weights;
    return static_cast<const char*>(w.data) + (index * w.strip + k * w.stride) * w.elementBytes();
  }
};

/** Adds to sums `[rows, columns]` of the strip that is at `w` from depth `from` on; at `next` or nowhere is read then. */
void addStrip(const StripProduct& product, const char* w, int64_t from, int64_t depth, const char* next, float* sums) {
  alignas(64) float kept[partDepth * stripTileColumns];
  const RowMajor& weights = product.p.weights;
  const Groups& groups = product.groups;
  const int64_t in = weights.in, bytes = weights.elementBytes(), line = weights.stride * bytes, end = from + depth;
  const int64_t columns = product.columns(), width = groups.rows <= wideTileRows ? columns : stripTileColumns;
  const int64_t passes = groups.count * (columns / width), part = passes == 1 ? onceDepth : partDepth;
  // The first group widens bfloat16 for those after it.
  const TileSource widening = groups.count == 1 ? TileSource::halves : TileSource::widening;
  for (int64_t k = from; k < end; k += part, w += part * line) {
    const int64_t taken = std::min(part, end - k);
    const char* after = k + taken < end ? w + taken * line : next;
    // The last byte: where a strip lies across two lines, the strip before it has brought the first of them.
    Ahead ahead{after == nullptr ? nullptr : after + columns * bytes - 1, line, 0};
    for (int64_t pass = 0; pass < passes; pass++) {
      const int64_t column = pass / groups.count * width, group = pass % groups.count;
      const int64_t row = groups.first(group), count = groups.size(group);
      if (after != nullptr) ahead.count = static_cast<int>(4 * (pass + 1) / passes - 4 * pass / passes);
      TileOperands operands{taken, w + column * bytes,           weights.stride, product.x + row * in + k * count,
                            kept,  sums + row * columns + column, columns};
      if (!product.half()) {
        addTile(count, TileSource::floats, operands, ahead);
      } else if (group == 0) {
        addTile(count, widening, operands, ahead);
      } else {
        operands.weights = kept;
        operands.stride = stripTileColumns;
        addTile(count, TileSource::floats, operands, ahead);
      }
    }
  }
}

/** Strips `[begin, end)`. */
void multiplyStrips(const StripProduct& product, int64_t begin, int64_t end) {
  alignas(64) float sums[mostSums];
  const RowMajorProduct& p = product.p;
  const int64_t in = p.weights.in, columns = product.columns(), each = p.rows * columns, most = product.sideBySide();
  const int64_t depth = most == 1 ? in : sideBySideDepth;
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
    // A thread that is held up leaves its strips to the others.
    const int64_t strips = product.strips(), parts = shares * omp_get_num_threads();
    const int64_t each = std::max((strips + parts - 1) / parts, std::min(product.sideBySide(), mostSideBySide));
#pragma omp for schedule(dynamic)
    for (int64_t strip = 0; strip < strips; strip += each) multiplyStrips(product, strip, std::min(strips, strip + each));
  }
}

}  // namespace dylora

#else

namespace dylora {
void multiplyInStrips(const RowMajorProduct&) {}
}  // namespace dylora

#endif
