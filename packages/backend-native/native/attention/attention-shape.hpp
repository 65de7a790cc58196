// What an attention works on.
#pragma once
#include "common/types.hpp"

namespace dylora {

struct AttentionShape {
  int64_t batch, length, heads, size;
  /** Queries of each sequence, from its first token on. */
  int64_t queries;
  bool causal;
  /** Additive `[batch, length]` on the keys, or null. */
  const float* mask;
  Dropout dropout;
};

}  // namespace dylora
