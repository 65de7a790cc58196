#include "elementwise/flat-kernels.hpp"

#include "cpu/instruction-set.hpp"

namespace dylora {

#define NS portableFlat
#include "elementwise/flat-kernels.inc"
#undef NS
#ifdef DYLORA_X86
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
#define NS avx2Flat
#include "elementwise/flat-kernels.inc"
#undef NS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi2,prefer-vector-width=512")
#define NS avx512Flat
#include "elementwise/flat-kernels.inc"
#undef NS
#pragma GCC pop_options
const FlatKernels& flatKernels() { return *chooseBySet(&portableFlat::table, &avx2Flat::table, &avx512Flat::table); }
#else
const FlatKernels& flatKernels() { return portableFlat::table; }
#endif

}  // namespace dylora
