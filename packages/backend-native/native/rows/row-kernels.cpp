#include "rows/row-kernels.hpp"

#include "cpu/instruction-set.hpp"

namespace dylora {

#define FLOAT_KERNELS
#define ACT float
#define NS portableFloat
#include "rows/row-kernels.inc"
#undef NS
#ifdef DYLORA_X86
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#define NS avx2Float
#include "rows/row-kernels.inc"
#undef NS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi2,prefer-vector-width=512")
#define NS avx512Float
#include "rows/row-kernels.inc"
#undef NS
#pragma GCC pop_options
#endif
#undef ACT
#undef FLOAT_KERNELS

#define ACT bf16
#define NS portableBf16
#include "rows/row-kernels.inc"
#undef NS
#ifdef DYLORA_X86
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#define NS avx2Bf16
#include "rows/row-kernels.inc"
#undef NS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi2,prefer-vector-width=512")
#define NS avx512Bf16
#include "rows/row-kernels.inc"
#undef NS
#pragma GCC pop_options
#endif
#undef ACT

#ifdef DYLORA_X86
#define CHOOSE(plain, middle, best) (*chooseBySet(&(plain), &(middle), &(best)))
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

const char* rowKernelsName() { return chooseBySet("portable", "AVX2", "AVX-512"); }

}  // namespace dylora
