// The functions that JavaScript sees, as properties of the addon. Each checks its arguments, takes the lock, and
// computes on all threads.
#pragma once
#include "addon/call.hpp"

namespace dylora {

/** Frozen matrices, products and rows of tables. */
std::vector<napi_property_descriptor> matrixFunctions();
/** Normalisation, GELU, attention and LoRA pairs. */
std::vector<napi_property_descriptor> opFunctions();
/** Cross-entropy. */
std::vector<napi_property_descriptor> lossFunctions();
/** Whole transformer blocks. */
std::vector<napi_property_descriptor> blockFunctions();
/** Blocks that continue texts, and the rate that memory is read at. */
std::vector<napi_property_descriptor> generationFunctions();
/** The optimiser. */
std::vector<napi_property_descriptor> adamwFunctions();
/** What lies behind tfjs's elementwise kernels, reductions and copies. */
std::vector<napi_property_descriptor> elementwiseFunctions();

}  // namespace dylora
