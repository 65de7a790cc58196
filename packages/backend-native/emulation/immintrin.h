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
/** Loops that take the time. They touch nothing but whole registers and tiles, and no local variable's address. */
#define EMULATED_ALONE \
  __attribute__((noinline, unused, optimize("O2"), no_sanitize("address", "undefined"))) static

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

EMULATED uint32_t bitsOf(float value) { return __builtin_bit_cast(uint32_t, value); }
/** A subnormal number becomes a zero of its sign, as the instructions for bfloat16 read and write it. */
EMULATED float flushed(float value) { return std::fabs(value) < 1.17549435e-38f ? std::copysign(0.0f, value) : value; }
EMULATED __m256 flushed(__m256 values) {
  const __m256 sign = _mm256_set1_ps(-0.0f), least = _mm256_set1_ps(1.17549435e-38f);
  const __m256 small = _mm256_cmp_ps(_mm256_andnot_ps(sign, values), least, _CMP_LT_OQ);
  return _mm256_blendv_ps(values, _mm256_and_ps(values, sign), small);
}
/** The low halves of eight words, and the high ones. */
EMULATED __m256 lowHalves(const uint32_t* words) {
  const __m256i bits = _mm256_slli_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words)), 16);
  return flushed(_mm256_castsi256_ps(bits));
}
EMULATED __m256 highHalves(const uint32_t* words) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
  return flushed(_mm256_castsi256_ps(_mm256_and_si256(bits, _mm256_set1_epi32(static_cast<int>(0xffff0000u)))));
}
EMULATED __m256 addProducts(__m256 a, __m256 b, __m256 sums) { return flushed(_mm256_fmadd_ps(a, b, sums)); }

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
EMULATED_ALONE void addPairs(float* sums, const uint32_t* left, const uint32_t* right) {
  for (int i = 0; i < lanes; i += 8) {
    const __m256 odd = addProducts(highHalves(left + i), highHalves(right + i), flushed(_mm256_loadu_ps(sums + i)));
    _mm256_storeu_ps(sums + i, addProducts(lowHalves(left + i), lowHalves(right + i), odd));
  }
}
EMULATED __m512 dpbf16_ps(__m512 sum, __m512bh a, __m512bh b) {
  float sums[lanes];
  uint32_t left[lanes], right[lanes];
  spread(sum, sums);
  spread(a, left);
  spread(b, right);
  addPairs(sums, left, right);
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
