// Copies between layouts: transposes, slices, and parts that are joined.
#include <cstring>

#include "common/threads.hpp"
#include "elementwise/strided.hpp"

namespace dylora {

namespace {

/** Rows and columns of a square that is transposed at once. */
constexpr int64_t side = 32;

struct Offsets {
  int64_t a, b;
};

Offsets offsetsOf(const BroadcastDims& dims, int64_t index) {
  Offsets at{0, 0};
  for (size_t d = dims.size(); d-- > 0;) {
    const int64_t place = index % dims[d].size;
    index /= dims[d].size;
    at.a += place * dims[d].strideA;
    at.b += place * dims[d].strideB;
  }
  return at;
}

void copyRow(const BroadcastDim& dim, const float* a, float* b) {
  if (dim.strideA == 1 && dim.strideB == 1) {
    std::memcpy(b, a, dim.size * sizeof(float));
  } else {
    for (int64_t i = 0; i < dim.size; i++) b[i * dim.strideB] = a[i * dim.strideA];
  }
}

/**
 * One band of a transpose: rows `from` to `to` of `across`, in which neighbours lie side by side in a. Each square goes
 * by way of the stack: rows of a power of two in length would push each other out of the cache.
 */
void copyBand(const BroadcastDim& across, const BroadcastDim& along, int64_t from, int64_t to, const float* a, float* b) {
  float square[side * (side + 1)];
  for (int64_t start = 0; start < along.size; start += side) {
    const int64_t end = along.size - start < side ? along.size : start + side;
    for (int64_t j = start; j < end; j++) {
      for (int64_t i = from; i < to; i++) square[(j - start) * (side + 1) + i - from] = a[i + j * along.strideA];
    }
    for (int64_t i = from; i < to; i++) {
      for (int64_t j = start; j < end; j++) {
        b[i * across.strideB + j * along.strideB] = square[(j - start) * (side + 1) + i - from];
      }
    }
  }
}

}  // namespace

void copy(const BroadcastDims& dims, const float* a, float* b) {
  BroadcastDims outer(dims.begin(), dims.end() - 1);
  const BroadcastDim& last = dims.back();
  size_t neighbours = outer.size();
  for (size_t d = 0; last.strideA != 1 && d < outer.size(); d++) {
    if (outer[d].strideA == 1) neighbours = d;
  }
  if (neighbours == outer.size()) {
    forRows(elementsOf(outer), (last.size + lightness - 1) / lightness, [&](int64_t row) {
      const Offsets at = offsetsOf(outer, row);
      copyRow(last, a + at.a, b + at.b);
    });
    return;
  }
  const BroadcastDim across = outer[neighbours];
  outer.erase(outer.begin() + static_cast<int64_t>(neighbours));
  const int64_t bands = (across.size + side - 1) / side;
  forRows(elementsOf(outer) * bands, side * last.size / lightness, [&](int64_t task) {
    const Offsets at = offsetsOf(outer, task / bands);
    const int64_t from = task % bands * side;
    copyBand(across, last, from, across.size - from < side ? across.size : from + side, a + at.a, b + at.b);
  });
}

}  // namespace dylora
