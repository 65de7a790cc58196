// The fused ops over whole matrices. Every function may use all threads; the caller holds the addon's lock.
#pragma once
#include <vector>

#include "common/types.hpp"
#include "products/gemm.hpp"

namespace dylora {

/** Threads every computation uses. */
int currentThreads();
/** Makes the setting hold for the calling thread; at the start of every call from JavaScript. */
void useThreads();

struct AttentionShape {
  int64_t batch, length, heads, size;
  /** Queries of each sequence, from its first token on. */
  int64_t queries;
  bool causal;
  /** Additive `[batch, length]` on the keys, or null. */
  const float* mask;
  Dropout dropout;
};

/** context `[batch * queries, hidden]` from packed queries, keys and values `[batch * length, 3 * hidden]`. */
template <class T>
void attention(const AttentionShape& shape, const T* qkv, T* context);
/** Gradient to the packed input; makes the probabilities again. */
template <class T>
void attentionGradient(const AttentionShape& shape, const T* dContext, const T* qkv, T* dQkv);

/** A LoRA pair on some columns of a layer's output. */
struct Pair {
  int64_t column, rank, outFeatures;
  const float* A;
  const float* Bt;
  /** Null: `factor`; else gates, `gateStep` elements from one example's to the next's. */
  const float* gate;
  int64_t gateStep;
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

/** u `[rows, rank]`: the gated bottlenecks side by side; y (+= their expansions) has `yStep` elements a row. */
template <class T, class Y>
void applyPairs(const PairSet& set, const T* x, float* u, Y* y, int64_t yStep);
/** Gradients of the pairs into their dA and dBt; dx (nullable) += the gradient to the input. */
template <class T, class X>
void pairGradients(const PairSet& set, const T* dy, int64_t dyStep, const T* x, const float* u, X* dx);

/** Runs `work(row)` for each row, on all threads where the rows are long enough to be worth it. */
template <class Work>
void forRows(int64_t rows, int64_t columns, const Work& work) {
#pragma omp parallel for schedule(static) if (rows * columns > 8192)
  for (int64_t row = 0; row < rows; row++) work(row);
}

}  // namespace dylora
