#include "row-kernels.hpp"

namespace dylora {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DYLORA_X86 1
#endif

#define FLOAT_KERNELS
#define ACT float
#define NS portableFloat
#include "row-kernels.inc"
#undef NS
#ifdef DYLORA_X86
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#define NS avx2Float
#include "row-kernels.inc"
#undef NS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi2,prefer-vector-width=512")
#define NS avx512Float
#include "row-kernels.inc"
#undef NS
#pragma GCC pop_options
#endif
#undef ACT
#undef FLOAT_KERNELS

#define ACT bf16
#define NS portableBf16
#include "row-kernels.inc"
#undef NS
#ifdef DYLORA_X86
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#define NS avx2Bf16
#include "row-kernels.inc"
#undef NS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi2,prefer-vector-width=512")
#define NS avx512Bf16
#include "row-kernels.inc"
#undef NS
#pragma GCC pop_options
#endif
#undef ACT

namespace {
enum class Level { portable, avx2, avx512 };

Level detect() {
#ifdef DYLORA_X86
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("bmi2");
  if (avx512) return Level::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
    return Level::avx2;
  }
#endif
  return Level::portable;
}

const Level level = detect();
}  // namespace

#ifdef DYLORA_X86
#define CHOOSE(plain, middle, best) (level == Level::avx512 ? (best) : level == Level::avx2 ? (middle) : (plain))
template <>
const RowKernels<float>& rowKernels<float>() {
  return CHOOSE(portableFloat::table, avx2Float::table, avx512Float::table);
}
template <>
const RowKernels<bf16>& rowKernels<bf16>() {
  return CHOOSE(portableBf16::table, avx2Bf16::table, avx512Bf16::table);
}
const FloatKernels& floatKernels() {
  return CHOOSE(portableFloat::floatTable, avx2Float::floatTable, avx512Float::floatTable);
}
#else
template <>
const RowKernels<float>& rowKernels<float>() {
  return portableFloat::table;
}
template <>
const RowKernels<bf16>& rowKernels<bf16>() {
  return portableBf16::table;
}
const FloatKernels& floatKernels() { return portableFloat::floatTable; }
#endif

const char* rowKernelsName() {
  return level == Level::avx512 ? "AVX-512" : level == Level::avx2 ? "AVX2" : "portable";
}

}  // namespace dylora
