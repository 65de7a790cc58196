// Read before every source of an emulated build: what the compiler answers about the CPU.
#pragma once
#include "cpu.hpp"

namespace emulation {

constexpr bool same(const char* a, const char* b) { return *a == *b && (*a == 0 || same(a + 1, b + 1)); }

inline bool supports(const char* feature) { return !same(feature, "avx512bf16") || cpu() != Cpu::avx512; }

}  // namespace emulation

#define __builtin_cpu_supports(feature) emulation::supports(feature)
