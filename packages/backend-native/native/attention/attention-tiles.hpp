// Attention in bfloat16 on AMX tiles.
#pragma once
#include "attention/attention-shape.hpp"

namespace dylora {

/** {@link attention} on AMX tiles; false, and nothing done, where the CPU has none or the shape does not suit them. */
bool attentionOnTiles(const AttentionShape& shape, const bf16* qkv, bf16* context);
bool attentionGradientOnTiles(const AttentionShape& shape, const bf16* dContext, const bf16* qkv, bf16* dQkv);

}  // namespace dylora
