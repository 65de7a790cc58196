// Vectors of eight float32 numbers, for kernels on CPUs with AVX2. Included where these are compiled, gcc on x86-64.
#pragma once
#include <immintrin.h>

#include "common/types.hpp"

// Functions that are inlined with constant counts, and not templates: instances of templates would not take on the
// instruction set of the region.
#define DYLORA_INLINE static inline __attribute__((always_inline))

namespace dylora {

/** Numbers of a vector. */
const int avx2Lanes = 8;

#pragma GCC push_options
#pragma GCC target("avx2,fma")

/** `count` vectors, one after another. */
DYLORA_INLINE void load(const int count, const float* p, __m256* to) {
#pragma GCC unroll 8
  for (int v = 0; v < count; v++) to[v] = _mm256_loadu_ps(p + v * avx2Lanes);
}
/** Of columns that lie as {@link RowMajor} says. */
DYLORA_INLINE void load(const int count, const bf16* p, __m256* to) {
#pragma GCC unroll 4
  for (int v = 0; v < count; v += 2) {
    const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + v * avx2Lanes));
    to[v] = _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
    to[v + 1] = _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(static_cast<int>(0xffff0000u))));
  }
}

DYLORA_INLINE void store(const int count, const __m256* from, float* p) {
#pragma GCC unroll 8
  for (int v = 0; v < count; v++) _mm256_storeu_ps(p + v * avx2Lanes, from[v]);
}

/** sum += a · b, in the sum's own register: left to itself gcc moves sums about, and some of them out to memory. */
DYLORA_INLINE void addProduct(__m256& sum, __m256 a, __m256 b) {
  __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
}

#pragma GCC pop_options

}  // namespace dylora
