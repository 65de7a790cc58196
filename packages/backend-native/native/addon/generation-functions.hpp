// The functions of generation that JavaScript sees.
#pragma once
#include "addon/call.hpp"

namespace dylora {

/** They themselves, as properties of the addon. */
std::vector<napi_property_descriptor> decodeFunctions();

}  // namespace dylora
