// LoRA pairs on the output of a layer, on all threads.
#pragma once
#include <vector>

#include "common/types.hpp"

namespace dylora {

/** A LoRA pair on some columns of a layer's output. */
struct Pair {
  int64_t column, rank, outFeatures;
  const float* A;
  const float* Bt;
  /** Null: `factor`; else gates, `gateStride` elements from one example's to the next's. */
  const float* gate;
  int64_t gateStride;
  float factor;
  Dropout dropout;
  float* dA;
  float* dBt;
};

/** The pairs of one layer with the rows they work on. */
struct PairSet {
  int64_t rows, length, inFeatures;
  std::vector<Pair> pairs;
  int64_t rank() const;
};

/** u `[rows, rank]`: the gated bottlenecks side by side; y (+= their expansions) has `yStride` elements a row. */
template <class T, class Y>
void applyPairs(const PairSet& set, const T* x, float* u, Y* y, int64_t yStride);
/** Gradients of the pairs into their dA and dBt; dx (nullable) += the gradient to the input. */
template <class T, class X>
void pairGradients(const PairSet& set, const T* dy, int64_t dyStride, const T* x, const float* u, X* dx);

}  // namespace dylora
