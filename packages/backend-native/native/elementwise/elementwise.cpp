// Elementwise kernels: the result is cut into parts of equal size, whatever the shape.
#include "common/threads.hpp"
#include "elementwise/strided.hpp"

namespace dylora {

namespace {
constexpr int64_t partSize = 4096;

template <class Work>
void forParts(int64_t n, bool light, const Work& work) {
  forRows((n + partSize - 1) / partSize, light ? partSize / lightness : partSize, [&](int64_t index) {
    const int64_t from = index * partSize;
    work(from, n - from < partSize ? n - from : partSize);
  });
}
}  // namespace

int64_t elementsOf(const BroadcastDims& dims) {
  int64_t elements = 1;
  for (const BroadcastDim& dim : dims) elements *= dim.size;
  return elements;
}

void unary(Unary kind, int64_t n, const float* x, float* y) {
  const UnaryLoop loop = flatKernels().unary[static_cast<int>(kind)];
  forParts(n, kind < Unary::exponential || kind == Unary::relu, [&](int64_t from, int64_t count) { loop(count, x + from, y + from); });
}

void broadcast(Binary kind, const BroadcastDims& dims, const float* a, const float* b, float* y) {
  const BinaryLoop loop = flatKernels().binary[static_cast<int>(kind)];
  const BroadcastDim& last = dims.back();
  const int64_t outerDims = static_cast<int64_t>(dims.size()) - 1;
  forParts(elementsOf(dims), true, [&](int64_t from, int64_t count) {
    int64_t place = from % last.size, row = from / last.size;
    while (count > 0) {
      int64_t rest = row, atA = place * last.strideA, atB = place * last.strideB;
      for (int64_t d = outerDims - 1; d >= 0; d--) {
        const int64_t index = rest % dims[d].size;
        rest /= dims[d].size;
        atA += index * dims[d].strideA;
        atB += index * dims[d].strideB;
      }
      const int64_t stretch = count < last.size - place ? count : last.size - place;
      loop(stretch, a + atA, last.strideA, b + atB, last.strideB, y + from);
      from += stretch;
      count -= stretch;
      place = 0;
      row++;
    }
  });
}

void softmax(int64_t rows, int64_t columns, const float* x, float* y) {
  forRows(rows, columns, [&](int64_t row) { flatKernels().softmax(columns, x + row * columns, y + row * columns); });
}

}  // namespace dylora
