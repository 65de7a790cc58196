#include "frozen/widened-matrix.hpp"

#include <algorithm>
#include <cstring>

#include "common/threads.hpp"
#include "memory/workspace.hpp"
#include "products/direct-product.hpp"
#include "products/widened-product.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

const int64_t group = RowMajor::group;
/** float32 numbers of a widened slice of weights, and of the rows it meets at a time: they fit the last cache. */
const int64_t mostWidened = 1 << 22, mostRowNumbers = 1 << 21;

int64_t roundUp(int64_t columns, int64_t unit) { return (columns + unit - 1) / unit * unit; }

/** Where in its group a column lies. */
int64_t placeOf(int64_t column) { return column < group / 2 ? 2 * column : 2 * column - group + 1; }

void widenGroups(int64_t count, const bf16* from, float* target) {
  for (int64_t at = 0; at < count; at += group) {
    uint32_t words[group / 2];
    std::memcpy(words, from + at, sizeof words);
    for (int64_t i = 0; i < group / 2; i++) {
      const uint32_t first = words[i] << 16, last = words[i] & 0xffff0000u;
      std::memcpy(target + at + i, &first, sizeof(float));
      std::memcpy(target + at + i + group / 2, &last, sizeof(float));
    }
  }
}

/** Rows at a time, so that the float32 forms of the source and the result stay small. */
int64_t rowsAtOnce(int64_t rows, int64_t in, int64_t out) {
  const int64_t most = std::max<int64_t>(256, mostRowNumbers / std::max(in, out)), chunks = (rows + most - 1) / most;
  return (rows + chunks - 1) / chunks;
}

}  // namespace

WidenedMatrix::WidenedMatrix(const float* values, int64_t inFeatures, int64_t outFeatures, bool outIn)
    : inFeatures_(inFeatures),
      outFeatures_(outFeatures),
      elements_(inFeatures * roundUp(outFeatures, stripColumns)),
      halves_(static_cast<size_t>(elements_) * sizeof(bf16)) {
  const int64_t in = inFeatures, out = outFeatures, lines = 16, steps = (in + lines - 1) / lines;
  bf16* halves = static_cast<bf16*>(halves_.data());
  // Sixteen rows of a group at a time: of the other layout too that is whole cache lines.
  forRows(roundUp(out, stripColumns) / group * steps, lines * group, [&](int64_t task) {
    const int64_t column = task / steps * group, first = task % steps * lines, count = std::min(group, out - column);
    bf16* target = halves + column / stripColumns * stripColumns * in + column % stripColumns;
    for (int64_t k = first; k < std::min(in, first + lines); k++) {
      float numbers[group] = {};
      for (int64_t c = 0; c < count; c++) {
        numbers[placeOf(c)] = outIn ? values[(column + c) * in + k] : values[k * out + column + c];
      }
      rowKernels<bf16>().fromFloat(group, numbers, target + k * stripColumns);
    }
  });
}

void WidenedMatrix::widen(int64_t from, int64_t count, float* target, int64_t stride) const {
  const bf16* halves = static_cast<const bf16*>(halves_.data()) + from * inFeatures_;
  forRows(inFeatures_, count, [&](int64_t k) {
    for (int64_t at = 0; at < count; at += stripColumns) {
      widenGroups(stripColumns, halves + at * inFeatures_ + k * stripColumns, target + k * stride + at);
    }
  });
}

void WidenedMatrix::apply(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias,
                          bool add) const {
  const int64_t in = inFeatures_, out = outFeatures_;
  // Slices of the outputs. Forward each makes columns of the target; backward their products are summed.
  const int64_t most = std::max(stripColumns, mostWidened / in / stripColumns * stripColumns), slices = (out + most - 1) / most;
  const int64_t slice = roundUp((out + slices - 1) / slices, stripColumns), stride = RowMajor::strideOf(slice, sizeof(float));
  const bool direct = target.type == Type::f32 && target.columnStride == 1;
  float* weights = workspace().take(Slot::widenedWeights, in * stride);
  float* sums = backward && !direct && slices > 1 ? workspace().take(Slot::widenedSums, rows * in) : nullptr;
  for (int64_t at = 0; at < out; at += slice) {
    const int64_t count = std::min(slice, out - at);
    const int64_t k = backward ? count : in, n = backward ? in : count;
    const bool first = !backward || at == 0, last = !backward || at + count == out;
    widen(at, roundUp(count, stripColumns), weights, stride);
    const Matrix right = backward ? matrix(weights, 1, stride) : matrix(weights, stride);
    const float* offset = bias == nullptr ? nullptr : backward ? (first ? bias : nullptr) : bias + at;
    const int64_t chunk = rowsAtOnce(rows, k, n);
    for (int64_t row = 0; row < rows; row += chunk) {
      const int64_t taken = std::min(chunk, rows - row);
      const Matrix part = (backward ? source.from(at) : source).below(row);
      const Matrix left = widened(part, taken, k, 1, Slot::widenedSource);
      const Matrix end = (backward ? target : target.from(at)).below(row);
      if (direct) {
        multiplyDirectly(taken, n, k, left, right, end, add || !first, 1, offset);
        continue;
      }
      float* made = sums != nullptr ? sums + row * n : workspace().take(Slot::widenedSums, taken * n);
      multiplyDirectly(taken, n, k, left, right, matrix(made, n), !first, 1, offset);
      if (last) finishProduct(taken, n, made, end, add);
    }
  }
}

}  // namespace dylora
