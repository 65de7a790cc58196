// What oneDNN does on this CPU.
#pragma once
#include <string>

namespace dylora {

/** True when oneDNN multiplies bfloat16 in hardware here; otherwise it is stored so, and multiplied in float32. */
bool hasBf16();
/** oneDNN's version and the instruction set it uses. */
std::string oneDnnDescription();

}  // namespace dylora
