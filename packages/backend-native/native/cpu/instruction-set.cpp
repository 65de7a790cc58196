#include "cpu/instruction-set.hpp"

namespace dylora {

namespace {

InstructionSet detect() {
#ifdef DYLORA_X86
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("bmi2");
  if (avx512) return InstructionSet::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
    return InstructionSet::avx2;
  }
#endif
  return InstructionSet::portable;
}

}  // namespace

InstructionSet instructionSet() {
  static const InstructionSet found = detect();
  return found;
}

}  // namespace dylora
