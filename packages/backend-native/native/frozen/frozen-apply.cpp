#include "frozen/frozen-apply.hpp"

#include "common/threads.hpp"
#include "frozen/few-rows.hpp"
#include "memory/workspace.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

/** True where oneDNN multiplies rows of bfloat16, which x is converted to. */
bool takesHalves(const PackedMatrix& packed) { return packed.type() == Type::bf16 && !packed.widens(); }

const bf16* halves(int64_t rows, int64_t n, const float* x) {
  bf16* half = workspace().take<bf16>(Slot::hiddenA, rows * n);
  forRows(rows, n, [&](int64_t row) { rowKernels<bf16>().fromFloat(n, x + row * n, half + row * n); });
  return half;
}

/** y = x · Wᵀ, x converted slice by slice: thousands of columns (a vocabulary) would fill memory and no cache. */
void sumOfParts(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y) {
  const int64_t in = packed.outFeatures(), out = packed.inFeatures(), side = packed.side();
  bf16* slice = workspace().take<bf16>(Slot::hiddenA, rows * side);
  for (int64_t i = 0; i < packed.parts(); i++) {
    const int64_t at = i * side, width = packed.part(i).outFeatures();
    forRows(rows, width, [&](int64_t row) { rowKernels<bf16>().fromFloat(width, x + row * in + at, slice + row * side); });
    packed.part(i).apply(true, rows, matrix(slice, side), matrix(y, out), i == 0 ? bias : nullptr, i > 0);
  }
}

}  // namespace

void applyForward(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y) {
  if (takesHalves(packed)) frozenProduct(packed, rows, halves(rows, packed.inFeatures(), x), bias, y);
  else frozenProduct(packed, rows, x, bias, y);
}

void applyBackward(PackedMatrix& packed, int64_t rows, const float* x, const float* bias, float* y) {
  const int64_t in = packed.outFeatures(), out = packed.inFeatures();
  if (!takesHalves(packed)) return packed.apply(true, rows, matrix(x, in), matrix(y, out), bias, false);
  if (packed.parts() > 1 && packed.cutAcrossOutputs()) return sumOfParts(packed, rows, x, bias, y);
  packed.apply(true, rows, matrix(halves(rows, in, x), in), matrix(y, out), bias, false);
}

void columnsOf(const PackedMatrix& packed, int64_t count, const int32_t* columns, float* y) {
  const Elements elements = packed.elements();
  const int64_t in = packed.inFeatures();
  std::vector<int64_t> rows(in);
  for (int64_t i = 0; i < in; i++) rows[i] = elements.row(i);
  forRows(count, in, [&](int64_t index) {
    const float* from = elements.data + elements.column(columns[index]);
    float* to = y + index * in;
    for (int64_t i = 0; i < in; i++) to[i] = from[rows[i]];
  });
}

}  // namespace dylora
