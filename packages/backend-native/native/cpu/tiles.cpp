#include "cpu/tiles.hpp"

#ifdef DYLORA_TILES

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dylora {

namespace {

bool askForTiles() {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const unsigned bf16Bit = 1u << 22, tileBit = 1u << 24;
  if ((d & bf16Bit) == 0 || (d & tileBit) == 0) return false;
  // The loops around the tiles convert with AVX-512's own instructions for bfloat16.
  const unsigned vectorBf16Bit = 1u << 5;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || (a & vectorBf16Bit) == 0) return false;
  const int requestPermission = 0x1023, tileData = 18;
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

}  // namespace

bool hasTiles() {
  static const bool answer = askForTiles();
  return answer;
}

}  // namespace dylora

#endif
