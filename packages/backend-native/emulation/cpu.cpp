#include "cpu.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cpu/tiles.hpp"

namespace emulation {

namespace {

Cpu named() {
  const char* name = std::getenv("DYLORA_EMULATED_CPU");
  if (name == nullptr || std::strcmp(name, "amx") == 0) return Cpu::amx;
  if (std::strcmp(name, "bf16") == 0) return Cpu::bf16;
  if (std::strcmp(name, "avx512") == 0) return Cpu::avx512;
  std::fprintf(stderr, "DYLORA_EMULATED_CPU is %s, not avx512, bf16 or amx\n", name);
  std::abort();
}

}  // namespace

Cpu cpu() {
  static const Cpu found = named();
  return found;
}

}  // namespace emulation

namespace dylora {

/** In place of native/cpu/tiles.cpp, which asks the CPU and the system. */
bool hasTiles() { return emulation::cpu() == emulation::Cpu::amx; }

}  // namespace dylora
