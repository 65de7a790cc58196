// The functions behind tfjs's elementwise kernels, reductions and copies that JavaScript sees.
#pragma once
#include "addon/call.hpp"

namespace dylora {

/** They themselves, as properties of the addon. */
std::vector<napi_property_descriptor> elementwiseFunctions();

}  // namespace dylora
