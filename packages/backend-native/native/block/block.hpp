// A transformer block in one piece, with activations of one type inside and float32 at its edges.
#pragma once
#include "attention/attention.hpp"
#include "frozen/packed-matrix.hpp"
#include "lora/lora.hpp"
#include "products/matrix.hpp"

namespace dylora {

/** The linear layers of a block, in the order of their use. */
enum Layer { qkvLayer, contextLayer, innerLayer, outputLayer, layerCount };

struct Block {
  int64_t batch, length, hidden, inner;
  /** Tokens of each sequence, from its first on, that results are wanted for; the others are keys and values alone. */
  int64_t wanted;
  bool preNorm, tanhForm;
  float epsilon;
  /** Batch, length, heads, mask, and dropout of the probabilities. */
  AttentionShape attention;
  PackedMatrix* weights[layerCount];
  const float* bias[layerCount];
  const float* attentionGamma;
  const float* attentionBeta;
  const float* outputGamma;
  const float* outputBeta;
  PairSet pairs[layerCount];
  Dropout contextDropout, outputDropout;

  int64_t rows() const { return batch * length; }
  int64_t wantedRows() const { return batch * wanted; }
  /** Rows that a layer works on. */
  int64_t rowsOf(int layer) const { return layer == qkvLayer ? rows() : wantedRows(); }
};

inline bool isBf16(const Block& block) { return block.weights[0]->type() == Type::bf16; }

/** A block's input, for its pairs' gradients: `x`, or where that is null normalised rows with their gain and offset. */
struct BlockInput {
  const float* x = nullptr;
  /** What the block before saves of its output (its state begins with it). */
  const float* hat = nullptr;
  const float* gamma = nullptr;
  const float* beta = nullptr;
};

/** Room that {@link blockForward} needs to save what backward reads, in float32 numbers. */
int64_t blockStateFloats(const Block& block);
/** y, of the tokens that are wanted, from x. Saves what backward reads in `state`; null: saves nothing. */
void blockForward(const Block& block, const float* x, float* y, float* state);
/** dx (null: not wanted), and dA and dBt of every pair. */
void blockGradient(const Block& block, const float* dy, const BlockInput& input, const float* state, float* dx);

}  // namespace dylora
