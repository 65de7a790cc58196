// Loops over flat float32 arrays, compiled for several instruction sets: tfjs's elementwise kernels and reductions.
// Results are what JavaScript's are, whose arithmetic is float64 rounded to float32: NaN and infinity come through.
#pragma once
#include <cstdint>

namespace dylora {

enum class Binary { add, subtract, multiply, divide, maximum, minimum, squaredDifference, count };
/** Those from `exponential` on take tens of operations, but for `relu`. */
enum class Unary { negate, absolute, square, root, inverseRoot, exponential, logarithm, tanh, sigmoid, relu, erf, count };
enum class Reduction { sum, mean, maximum, minimum, count };

/** y = a ∘ b; an operand is one number where its stride is 0, else its stride is 1. */
using BinaryLoop = void (*)(int64_t n, const float* a, int64_t aStride, const float* b, int64_t bStride, float* y);
using UnaryLoop = void (*)(int64_t n, const float* x, float* y);

struct FlatKernels {
  BinaryLoop binary[static_cast<int>(Binary::count)];
  UnaryLoop unary[static_cast<int>(Unary::count)];
  double (*sum)(int64_t n, const float* x);
  /** NaN where any number is. */
  float (*greatest)(int64_t n, const float* x);
  float (*least)(int64_t n, const float* x);
  /** total += x. */
  void (*addTo)(int64_t n, const float* x, double* total);
  /** y = e^x / Σ e^x. */
  void (*softmax)(int64_t n, const float* x, float* y);
};

const FlatKernels& flatKernels();

}  // namespace dylora
