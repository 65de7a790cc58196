// The optimiser's function that JavaScript sees.
#pragma once
#include "addon/call.hpp"

namespace dylora {

/** It itself, as a property of the addon. */
std::vector<napi_property_descriptor> adamwFunctions();

}  // namespace dylora
