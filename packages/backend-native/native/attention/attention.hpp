// Attention over packed queries, keys and values, on all threads.
#pragma once
#include "attention/attention-shape.hpp"

namespace dylora {

/** context `[batch * queries, hidden]` from packed queries, keys and values `[batch * length, 3 * hidden]`. */
template <class T>
void attention(const AttentionShape& shape, const T* qkv, T* context);
/** Gradient to the packed input; makes the probabilities again. */
template <class T>
void attentionGradient(const AttentionShape& shape, const T* dContext, const T* qkv, T* dQkv);

}  // namespace dylora
