// What the forward and the backward pass of a block share: what is saved between them, and their work on rows.
#pragma once
#include <cstring>
#include <type_traits>

#include "block/block.hpp"
#include "common/profile.hpp"
#include "common/threads.hpp"
#include "frozen/packed-matrix.hpp"
#include "memory/workspace.hpp"
#include "products/matrix.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

/**
 * What backward reads, laid out one after another; parts that are not needed are null. The normalised rows of a post-norm
 * block's output come first, where the next block finds them (see BlockInput).
 */
template <class T>
struct State {
  T* input = nullptr;
  T* qkv = nullptr;
  T* context = nullptr;
  T* attentionHat = nullptr;
  T* outputHat = nullptr;
  T* slope = nullptr;
  T* active = nullptr;
  float* attentionRstd = nullptr;
  float* outputRstd = nullptr;
  float* bottlenecks[layerCount] = {};
  int64_t bytes = 0;

  State(const Block& block, void* base) {
    char* start = static_cast<char*>(base);
    const auto place = [&](auto*& part, int64_t count) {
      using Element = std::remove_reference_t<decltype(*part)>;
      if (start != nullptr) part = reinterpret_cast<Element*>(start + bytes);
      bytes += (count * static_cast<int64_t>(sizeof(Element)) + 63) / 64 * 64;
    };
    const int64_t rows = block.rows(), wanted = block.wantedRows(), hidden = block.hidden;
    const int64_t attentionNormRows = block.preNorm ? rows : wanted;
    if (!block.preNorm) place(outputHat, wanted * hidden);
    const bool ownCopy = typeOf<T>() == Type::bf16 && !block.preNorm;
    if (ownCopy && !block.pairs[qkvLayer].pairs.empty()) place(input, rows * hidden);
    place(qkv, rows * 3 * hidden);
    if (!block.pairs[contextLayer].pairs.empty()) place(context, wanted * hidden);
    place(attentionHat, attentionNormRows * hidden);
    if (block.preNorm) place(outputHat, wanted * hidden);
    place(slope, wanted * block.inner);
    if (!block.pairs[outputLayer].pairs.empty()) place(active, wanted * block.inner);
    place(attentionRstd, attentionNormRows);
    place(outputRstd, wanted);
    for (int layer = 0; layer < layerCount; layer++) {
      const int64_t rank = block.pairs[layer].rank();
      if (rank > 0) place(bottlenecks[layer], block.pairs[layer].rows * rank);
    }
  }
};

/** x in the activations' type: itself, or converted into the buffer. */
inline const float* asActivation(int64_t, int64_t, const float* x, float*) { return x; }
inline const bf16* asActivation(int64_t rows, int64_t n, const float* x, bf16* y) {
  DYLORA_PART("conversions");
  forRows(rows, n, [&](int64_t row) { rowKernels<bf16>().fromFloat(n, x + row * n, y + row * n); });
  return y;
}

/** y `[rows, hidden]` = normalised rows · gamma + beta, made again from what is saved. */
template <class T>
const T* normAgain(const Block& block, int64_t rows, const T* hat, const float* gamma, const float* beta, T* target) {
  const int64_t n = block.hidden;
  forRows(rows, n, [&](int64_t row) { rowKernels<T>().normAgain(n, hat + row * n, gamma, beta, target + row * n); });
  return target;
}

/** Where a row of the tokens that are wanted lies among all rows. */
inline int64_t rowAmongAll(const Block& block, int64_t row) {
  return row / block.wanted * block.length + row % block.wanted;
}

/** Parts that the feed-forward half is taken in, each from its slice of the inner features to its share of the output. */
inline int64_t feedForwardParts(const Block& block) {
  const bool plain = block.pairs[innerLayer].pairs.empty() && block.pairs[outputLayer].pairs.empty();
  const PackedMatrix &in = *block.weights[innerLayer], &out = *block.weights[outputLayer];
  const bool even = in.side() == out.side() && in.parts() * in.side() == block.inner;
  return plain && even ? in.parts() : 1;
}

}  // namespace dylora
