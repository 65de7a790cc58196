// Reductions. What is reduced is cut into parts of a size that depends on the shape alone, each part is reduced by one
// thread, and the parts are joined in order: the same bits on any number of threads.
#include "common/threads.hpp"
#include "elementwise/strided.hpp"

namespace dylora {

namespace {

constexpr int64_t partSize = 16384;
/** Columns that one task takes: their float64 totals stay in the first cache. */
constexpr int64_t columnsOfTask = 256;

struct Cut {
  int64_t length, count;
};

Cut cutInto(int64_t total, int64_t length) { return {length, (total + length - 1) / length}; }
int64_t lengthOf(const Cut& cut, int64_t index, int64_t total) {
  return index + 1 < cut.count ? cut.length : total - index * cut.length;
}

int64_t lightWeight(int64_t numbers) { return (numbers + lightness - 1) / lightness; }

float extremeOf(Reduction kind, int64_t n, const float* x) {
  return kind == Reduction::maximum ? flatKernels().greatest(n, x) : flatKernels().least(n, x);
}

void reduceRows(Reduction kind, int64_t rows, int64_t n, const float* x, float* y) {
  const Cut cut = cutInto(n, partSize);
  const bool sums = kind == Reduction::sum || kind == Reduction::mean;
  std::vector<double> totals(sums ? rows * cut.count : 0);
  std::vector<float> extremes(sums ? 0 : rows * cut.count);
  forRows(rows * cut.count, lightWeight(n < partSize ? n : partSize), [&](int64_t task) {
    const int64_t part = task % cut.count, length = lengthOf(cut, part, n);
    const float* from = x + (task / cut.count) * n + part * cut.length;
    if (sums) totals[task] = flatKernels().sum(length, from);
    else extremes[task] = extremeOf(kind, length, from);
  });
  const double divisor = kind == Reduction::mean ? static_cast<double>(n) : 1.0;
  for (int64_t row = 0; row < rows; row++) {
    if (!sums) {
      y[row] = extremeOf(kind, cut.count, &extremes[row * cut.count]);
      continue;
    }
    double total = 0;
    for (int64_t part = 0; part < cut.count; part++) total += totals[row * cut.count + part];
    y[row] = static_cast<float>(total / divisor);
  }
}

void sumColumns(bool mean, int64_t outer, int64_t reduced, int64_t inner, const float* x, float* y) {
  const Cut columns = cutInto(inner, columnsOfTask);
  const Cut rows = cutInto(reduced, 1 + partSize / (inner < columnsOfTask ? inner : columnsOfTask));
  std::vector<double> totals(outer * rows.count * inner, 0.0);
  const int64_t perTask = rows.length * (inner < columnsOfTask ? inner : columnsOfTask);
  forRows(outer * rows.count * columns.count, lightWeight(perTask), [&](int64_t task) {
    const int64_t column = task % columns.count, part = task / columns.count % rows.count;
    const int64_t place = task / columns.count / rows.count;
    const int64_t width = lengthOf(columns, column, inner), height = lengthOf(rows, part, reduced);
    double* total = &totals[(place * rows.count + part) * inner + column * columns.length];
    const float* from = x + (place * reduced + part * rows.length) * inner + column * columns.length;
    for (int64_t row = 0; row < height; row++) flatKernels().addTo(width, from + row * inner, total);
  });
  const double divisor = mean ? static_cast<double>(reduced) : 1.0;
  forRows(outer, lightWeight(rows.count * inner), [&](int64_t place) {
    for (int64_t column = 0; column < inner; column++) {
      double total = 0;
      for (int64_t part = 0; part < rows.count; part++) total += totals[(place * rows.count + part) * inner + column];
      y[place * inner + column] = static_cast<float>(total / divisor);
    }
  });
}

void extremeColumns(Reduction kind, int64_t outer, int64_t reduced, int64_t inner, const float* x, float* y) {
  const Cut columns = cutInto(inner, columnsOfTask);
  const Binary wanted = kind == Reduction::maximum ? Binary::maximum : Binary::minimum;
  const BinaryLoop join = flatKernels().binary[static_cast<int>(wanted)];
  forRows(outer * columns.count, lightWeight(reduced * (inner < columnsOfTask ? inner : columnsOfTask)), [&](int64_t task) {
    const int64_t column = task % columns.count, place = task / columns.count;
    const int64_t width = lengthOf(columns, column, inner);
    const float* from = x + place * reduced * inner + column * columns.length;
    float* to = y + place * inner + column * columns.length;
    for (int64_t i = 0; i < width; i++) to[i] = from[i];
    for (int64_t row = 1; row < reduced; row++) join(width, to, 1, from + row * inner, 1, to);
  });
}

}  // namespace

void reduce(Reduction kind, int64_t outer, int64_t reduced, int64_t inner, const float* x, float* y) {
  if (inner == 1) reduceRows(kind, outer, reduced, x, y);
  else if (kind == Reduction::sum || kind == Reduction::mean)
    sumColumns(kind == Reduction::mean, outer, reduced, inner, x, y);
  else extremeColumns(kind, outer, reduced, inner, x, y);
}

}  // namespace dylora
