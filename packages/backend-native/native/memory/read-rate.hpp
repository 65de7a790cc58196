// How fast this machine reads memory: what generation, which reads every weight for every token, is measured against.
#pragma once
#include <cstdint>

namespace dylora {

/** Best of several passes over this many bytes on huge pages, by all threads. In bytes a second. */
double readRate(int64_t bytes);

}  // namespace dylora
