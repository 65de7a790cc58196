// tfjs's elementwise kernels, reductions and copies over arrays of any rank, on all threads. Every result depends on
// the shapes alone, not on the number of threads.
#pragma once
#include <vector>

#include "elementwise/flat-kernels.hpp"

namespace dylora {

/** A dimension of two arrays that are walked side by side: elements from one index to the next, 0 where repeated. */
struct BroadcastDim {
  int64_t size, strideA, strideB;
};
using BroadcastDims = std::vector<BroadcastDim>;

/** By what a loop that only moves numbers, or adds them, is lighter than those of `forRows`: it is done before threads wake. */
constexpr int64_t lightness = 8;

/** Elements below `dims`. */
int64_t elementsOf(const BroadcastDims& dims);

/** y = f(x). */
void unary(Unary kind, int64_t n, const float* x, float* y);
/** y = a ∘ b, y in the order of `dims`, of whose last the strides are 0 or 1. */
void broadcast(Binary kind, const BroadcastDims& dims, const float* a, const float* b, float* y);
/** y `[outer, inner]` from x `[outer, reduced, inner]`. Sums are taken in float64. */
void reduce(Reduction kind, int64_t outer, int64_t reduced, int64_t inner, const float* x, float* y);
/** Softmax of each row. */
void softmax(int64_t rows, int64_t columns, const float* x, float* y);
/** Copies from a to b, which do not overlap, element by element of `dims`. */
void copy(const BroadcastDims& dims, const float* a, float* b);

}  // namespace dylora
