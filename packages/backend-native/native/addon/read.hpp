// Reads what calls from JavaScript work on: packed matrices, pairs, attentions, blocks.
#pragma once
#include "addon/arguments.hpp"
#include "attention/attention.hpp"
#include "block/block.hpp"
#include "frozen/packed-matrix.hpp"
#include "lora/lora.hpp"

namespace dylora {

/** Marks handles of packed matrices. */
extern const napi_type_tag packedTag;
/** The matrix behind a handle; refused when it has been released. */
PackedMatrix& packedOf(const Value& value);
/** Off where the value is null. */
Dropout dropoutOf(const Value& value);
/** Reads `{batch, length, heads, size, causal, mask?, dropout?}`, the mask `[batch, maskLength]`; 0: as the shape's. */
AttentionShape attentionOf(const Value& value, int64_t maskLength = 0);
/** Reads the pairs of a layer; dA and dBt only where gradients are wanted. */
PairSet pairsOf(const Value& list, int64_t rows, int64_t length, int64_t in, int64_t out, bool gradients);
/** Reads a block: `{attention, inner, preNorm, tanhForm, epsilon, layers: {name: {weight, bias?, pairs}}, ...}`. */
Block blockOf(const Value& value, bool gradients, int64_t maskLength = 0);

}  // namespace dylora
