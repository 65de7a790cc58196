// Stands before the compiler's header of this name in an emulated build: intrinsics of AVX-512, its bfloat16 and AMX as
// functions that any CPU with AVX2 runs. What SIMDe lacks, or does not do to the bit, follows Intel's manual here.
#pragma once
#include_next <immintrin.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace emulation {

#define EMULATED static inline __attribute__((always_inline))
/** Where time goes: without sanitizers, since it touches nothing but its arguments. */
#define EMULATED_ALONE \
  __attribute__((noinline, unused, optimize("O3"), no_sanitize("address", "undefined"))) static

const int lanes = 16;

/** The numbers of a register. */
template <class T, class Register>
EMULATED void spread(const Register& from, T* to) {
  std::memcpy(to, &from, sizeof from);
}
template <class Register, class T>
EMULATED Register gathered(const T* from) {
  Register to;
  std::memcpy(&to, from, sizeof to);
  return to;
}

EMULATED float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
EMULATED uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
/** A subnormal number becomes a zero of its sign, as the instructions for bfloat16 read and write it. */
EMULATED float flushed(float value) { return std::fabs(value) < 1.17549435e-38f ? std::copysign(0.0f, value) : value; }
EMULATED float widened(uint16_t half) { return flushed(fromBits(static_cast<uint32_t>(half) << 16)); }

/** VCVTNEPS2BF16: to nearest, ties to even; a NaN stays one and becomes quiet. */
EMULATED uint16_t halved(float value) {
  const uint32_t bits = bitsOf(flushed(value));
  if (value != value) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
EMULATED __m256i cvtneps_pbh(__m512 a) {
  float from[lanes];
  uint16_t to[lanes];
  spread(a, from);
  for (int i = 0; i < lanes; i++) to[i] = halved(from[i]);
  return gathered<__m256i>(to);
}

/** VDPBF16PS: the product of the odd halves is added first, and each sum rounded. */
EMULATED_ALONE __m512 dpbf16_ps(const __m512& sum, const __m512bh& a, const __m512bh& b) {
  float sums[lanes];
  uint32_t left[lanes], right[lanes];
  spread(sum, sums);
  spread(a, left);
  spread(b, right);
  for (int i = 0; i < lanes; i++) {
    const float odd = flushed(__builtin_fmaf(widened(left[i] >> 16), widened(right[i] >> 16), flushed(sums[i])));
    sums[i] = flushed(__builtin_fmaf(widened(left[i] & 0xffff), widened(right[i] & 0xffff), odd));
  }
  return gathered<__m512>(sums);
}

// Lanes that a mask leaves out are neither read nor written: SIMDe reads whole registers.
EMULATED __m512 maskz_loadu_ps(__mmask16 mask, const void* from) {
  float to[lanes] = {};
  for (int i = 0; i < lanes; i++) {
    if (mask >> i & 1) std::memcpy(to + i, static_cast<const float*>(from) + i, sizeof(float));
  }
  return gathered<__m512>(to);
}
EMULATED void mask_storeu_ps(void* to, __mmask16 mask, __m512 a) {
  float from[lanes];
  spread(a, from);
  for (int i = 0; i < lanes; i++) {
    if (mask >> i & 1) std::memcpy(static_cast<float*>(to) + i, from + i, sizeof(float));
  }
}
EMULATED void mask_storeu_epi16(void* to, __mmask16 mask, __m256i a) {
  uint16_t from[lanes];
  spread(a, from);
  for (int i = 0; i < lanes; i++) {
    if (mask >> i & 1) std::memcpy(static_cast<uint16_t*>(to) + i, from + i, sizeof(uint16_t));
  }
}

EMULATED __m512i cvtepu16_epi32(__m256i a) {
  uint16_t from[lanes];
  uint32_t to[lanes];
  spread(a, from);
  for (int i = 0; i < lanes; i++) to[i] = from[i];
  return gathered<__m512i>(to);
}
/** The low halves of the products, which SIMDe takes of signed numbers: they may overflow. */
EMULATED __m512i mullo_epi32(__m512i a, __m512i b) {
  uint32_t left[lanes], right[lanes];
  spread(a, left);
  spread(b, right);
  for (int i = 0; i < lanes; i++) left[i] *= right[i];
  return gathered<__m512i>(left);
}
EMULATED __mmask16 cmpgt_epu32_mask(__m512i a, __m512i b) {
  uint32_t left[lanes], right[lanes], mask = 0;
  spread(a, left);
  spread(b, right);
  for (int i = 0; i < lanes; i++) mask |= static_cast<uint32_t>(left[i] > right[i]) << i;
  return static_cast<__mmask16>(mask);
}
/** VMAXPS: the second where the two do not compare. */
EMULATED __m512 mask_max_ps(__m512 otherwise, __mmask16 mask, __m512 a, __m512 b) {
  float left[lanes], right[lanes], to[lanes];
  spread(a, left);
  spread(b, right);
  spread(otherwise, to);
  for (int i = 0; i < lanes; i++) {
    if (mask >> i & 1) to[i] = left[i] > right[i] ? left[i] : right[i];
  }
  return gathered<__m512>(to);
}
/** VSCALEFPS: a times two to the power of floor(b), rounded once. */
EMULATED __m512 maskz_scalef_ps(__mmask16 mask, __m512 a, __m512 b) {
  float values[lanes], powers[lanes], to[lanes] = {};
  spread(a, values);
  spread(b, powers);
  for (int i = 0; i < lanes; i++) {
    if ((mask >> i & 1) == 0) continue;
    if (powers[i] != powers[i]) to[i] = powers[i];
    else if (std::fabs(powers[i]) < 1000) to[i] = std::ldexp(values[i], static_cast<int>(std::floor(powers[i])));
    else to[i] = values[i] * (powers[i] > 0 ? INFINITY : 0.0f);
  }
  return gathered<__m512>(to);
}
/** As the compiler's own sequences do it: halves on halves. */
template <class Join>
EMULATED float reduced(__m512 a, const Join& join) {
  float values[lanes];
  spread(a, values);
  for (int count = lanes / 2; count > 0; count /= 2) {
    for (int i = 0; i < count; i++) values[i] = join(values[i + count], values[i]);
  }
  return values[0];
}
EMULATED float reduce_add_ps(__m512 a) {
  return reduced(a, [](float x, float y) { return x + y; });
}
EMULATED float reduce_max_ps(__m512 a) {
  return reduced(a, [](float x, float y) { return x > y ? x : y; });
}

}  // namespace emulation

#include "amx.hpp"

#undef _mm512_cvtneps_pbh
#undef _mm512_dpbf16_ps
#undef _mm512_maskz_loadu_ps
#undef _mm512_mask_storeu_ps
#undef _mm256_mask_storeu_epi16
#undef _mm512_cvtepu16_epi32
#undef _mm512_mullo_epi32
#undef _mm512_cmpgt_epu32_mask
#undef _mm512_mask_max_ps
#undef _mm512_maskz_scalef_ps
#undef _mm512_reduce_add_ps
#undef _mm512_reduce_max_ps
#define _mm512_cvtneps_pbh emulation::cvtneps_pbh
#define _mm512_dpbf16_ps emulation::dpbf16_ps
#define _mm512_maskz_loadu_ps emulation::maskz_loadu_ps
#define _mm512_mask_storeu_ps emulation::mask_storeu_ps
#define _mm256_mask_storeu_epi16 emulation::mask_storeu_epi16
#define _mm512_cvtepu16_epi32 emulation::cvtepu16_epi32
#define _mm512_mullo_epi32 emulation::mullo_epi32
#define _mm512_cmpgt_epu32_mask emulation::cmpgt_epu32_mask
#define _mm512_mask_max_ps emulation::mask_max_ps
#define _mm512_maskz_scalef_ps emulation::maskz_scalef_ps
#define _mm512_reduce_add_ps emulation::reduce_add_ps
#define _mm512_reduce_max_ps emulation::reduce_max_ps
