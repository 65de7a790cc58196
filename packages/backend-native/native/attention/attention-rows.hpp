// Rows of attention scores to bfloat16 probabilities and gradients, in as few passes as the numbers allow. Included by
// attention-tiles.cpp alone, whose CPUs have all that this needs.
#pragma once
#include <immintrin.h>

#include "common/types.hpp"
#include "rows/row-kernels.hpp"

// The intrinsics of gcc 12 start from a variable that is meant to be uninitialised.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,prefer-vector-width=512")

namespace dylora {

namespace {

/** A row of scores as they come from the product with the keys: softmax is of scores · scale + mask?. */
struct ScoreRow {
  /** Keys that count, and how many elements (a multiple of 32) are written; those beyond the keys are 0. */
  int64_t keys, width;
  float* scores;
  float scale;
  const float* mask;
  /** Null: nothing is dropped. */
  const RowDropout* drop;

  __mmask16 lanes(int64_t i) const {
    const int64_t left = keys - i;
    return left >= 16 ? 0xffff : left <= 0 ? 0 : static_cast<__mmask16>((1u << left) - 1);
  }
};

/** e^x for x ≤ 0 to about 1e-7, 0 below -87.3; NaN stays. */
inline __m512 expOfNegative(__m512 x) {
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 8);
  const __m512 r = _mm512_fmadd_ps(n, _mm512_set1_ps(2.12194440e-4f), _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x));
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f}) {
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(c));
  }
  p = _mm512_add_ps(_mm512_fmadd_ps(_mm512_mul_ps(p, r), r, r), _mm512_set1_ps(1.0f));
  const __mmask16 counts = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-87.3f), _CMP_NLT_UQ);
  return _mm512_maskz_scalef_ps(counts, p, n);
}

/** Factors of 16 columns from `column` on; the same as factorAt of the row kernels. */
inline __m512 factorsAt(const RowDropout& drop, int64_t column) {
  const __m512i columns = _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(column)),
                                           _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  __m512i h = _mm512_add_epi32(_mm512_mullo_epi32(columns, _mm512_set1_epi32(static_cast<int>(0x9e3779b1u))),
                               _mm512_set1_epi32(static_cast<int>(drop.rowKey)));
  h = _mm512_mullo_epi32(_mm512_xor_si512(h, _mm512_srli_epi32(h, 16)), _mm512_set1_epi32(0x21f0aaad));
  h = _mm512_mullo_epi32(_mm512_xor_si512(h, _mm512_srli_epi32(h, 15)),
                         _mm512_set1_epi32(static_cast<int>(0xd35a2d97u)));
  h = _mm512_xor_si512(h, _mm512_srli_epi32(h, 15));
  const __mmask16 kept = _mm512_cmpgt_epu32_mask(h, _mm512_set1_epi32(static_cast<int>(drop.limit)));
  return _mm512_maskz_mov_ps(kept, _mm512_set1_ps(drop.keep));
}

inline void storeHalves(bf16* y, __m512 values) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), (__m256i)_mm512_cvtneps_pbh(values));
}

/** The scaled and masked scores take the place of the scores; returns the greatest. */
inline __m512 scaleScores(const ScoreRow& row) {
  const __m512 scale = _mm512_set1_ps(row.scale);
  __m512 most = _mm512_set1_ps(-__builtin_inff());
  for (int64_t i = 0; i < row.keys; i += 16) {
    const __mmask16 lanes = row.lanes(i);
    __m512 s = _mm512_mul_ps(_mm512_loadu_ps(row.scores + i), scale);
    if (row.mask != nullptr) s = _mm512_add_ps(s, _mm512_maskz_loadu_ps(lanes, row.mask + i));
    _mm512_storeu_ps(row.scores + i, s);
    most = _mm512_mask_max_ps(most, lanes, most, s);
  }
  return _mm512_set1_ps(_mm512_reduce_max_ps(most));
}

/** y = probabilities ∘ drop?, but for the factor that is returned: one over their sum. */
inline float probabilities(const ScoreRow& row, bf16* y) {
  const __m512 most = scaleScores(row);
  __m512 sum = _mm512_setzero_ps();
  int64_t i = 0;
  for (; i < row.keys; i += 16) {
    __m512 e = _mm512_maskz_mov_ps(row.lanes(i), expOfNegative(_mm512_sub_ps(_mm512_loadu_ps(row.scores + i), most)));
    sum = _mm512_add_ps(sum, e);
    if (row.drop != nullptr) e = _mm512_mul_ps(e, factorsAt(*row.drop, i));
    storeHalves(y + i, e);
  }
  for (; i < row.width; i += 16) storeHalves(y + i, _mm512_setzero_ps());
  return 1.0f / _mm512_reduce_add_ps(sum);
}

/** p = probabilities ∘ drop?, ds = probabilities ∘ (dp ∘ drop? − Σ probabilities · dp ∘ drop?) · scale. */
inline void scoreGradients(const ScoreRow& row, const float* dp, bf16* p, bf16* ds) {
  const __m512 most = scaleScores(row);
  __m512 sum = _mm512_setzero_ps(), delta = _mm512_setzero_ps();
  for (int64_t i = 0; i < row.keys; i += 16) {
    const __mmask16 lanes = row.lanes(i);
    const __m512 e = _mm512_maskz_mov_ps(lanes, expOfNegative(_mm512_sub_ps(_mm512_loadu_ps(row.scores + i), most)));
    __m512 d = _mm512_maskz_loadu_ps(lanes, dp + i);
    if (row.drop != nullptr) d = _mm512_mul_ps(d, factorsAt(*row.drop, i));
    _mm512_storeu_ps(row.scores + i, e);
    sum = _mm512_add_ps(sum, e);
    delta = _mm512_fmadd_ps(e, d, delta);
  }
  const float inverse = 1.0f / _mm512_reduce_add_ps(sum);
  const __m512 share = _mm512_set1_ps(inverse), middle = _mm512_set1_ps(_mm512_reduce_add_ps(delta) * inverse);
  const __m512 scale = _mm512_set1_ps(row.scale);
  int64_t i = 0;
  for (; i < row.keys; i += 16) {
    __m512 probability = _mm512_mul_ps(_mm512_loadu_ps(row.scores + i), share);
    __m512 d = _mm512_maskz_loadu_ps(row.lanes(i), dp + i);
    __m512 factors = _mm512_set1_ps(1.0f);
    if (row.drop != nullptr) {
      factors = factorsAt(*row.drop, i);
      d = _mm512_mul_ps(d, factors);
    }
    storeHalves(ds + i, _mm512_mul_ps(_mm512_mul_ps(probability, _mm512_sub_ps(d, middle)), scale));
    storeHalves(p + i, _mm512_mul_ps(probability, factors));
  }
  for (; i < row.width; i += 16) {
    storeHalves(ds + i, _mm512_setzero_ps());
    storeHalves(p + i, _mm512_setzero_ps());
  }
}

/** y = x · factor. */
inline void scaledHalves(int64_t n, const float* x, float factor, bf16* y) {
  const __m512 factors = _mm512_set1_ps(factor);
  for (int64_t i = 0; i < n; i += 16) storeHalves(y + i, _mm512_mul_ps(_mm512_loadu_ps(x + i), factors));
}

}  // namespace

}  // namespace dylora

#pragma GCC pop_options
#pragma GCC diagnostic pop
