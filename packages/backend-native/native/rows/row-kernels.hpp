// Loops over single rows, compiled for several instruction sets; the best one is chosen when the addon is loaded.
#pragma once
#include "common/types.hpp"

namespace dylora {

/** Dropout within one row: the random word of column c is mix32(rowKey + c * 0x9e3779b1). */
struct RowDropout {
  uint32_t rowKey;
  uint32_t limit;
  float keep;
};

/** Kernels on rows of activations of type T. Nullable pointers are marked `?`. */
template <class T>
struct RowKernels {
  void (*fromFloat)(int64_t n, const float* x, T* y);
  void (*toFloat)(int64_t n, const T* x, float* y);
  /** y = gelu(x). */
  void (*gelu)(bool tanhForm, int64_t n, const T* x, T* y);
  /** y = gelu(x), and its slope there. */
  void (*geluWithSlope)(bool tanhForm, int64_t n, const T* x, T* y, T* slope);
  /** a = a ∘ b. */
  void (*multiply)(int64_t n, T* a, const T* b);
  /** y = x ∘ mask. */
  void (*dropFloat)(int64_t n, const float* x, T* y, const RowDropout& drop);
  void (*drop)(int64_t n, const T* x, T* y, const RowDropout& drop);
  /** y += x ∘ mask. */
  void (*addDropped)(int64_t n, const float* x, T* y, const RowDropout& drop);
  /** y += Σ_r u[r] · B[r * stride ...]. */
  void (*expand)(int64_t n, int64_t rank, const float* u, const float* B, int64_t stride, T* y);
  /** sum = a ∘ drop? + residual?; y?, yAct?, xhat? from its normalisation; returns 1 / standard deviation. */
  float (*norm)(int64_t n, const float* a, const float* residual, const RowDropout* drop, const float* gamma,
                const float* beta, float epsilon, float* sum, float* y, T* yAct, T* xhat);
  /** y = xhat ∘ gamma + beta. */
  void (*normAgain)(int64_t n, const T* xhat, const float* gamma, const float* beta, T* y);
  /** dx (+)= gradient of the normalisation. */
  void (*normGradient)(int64_t n, const float* dy, const float* gamma, const T* xhat, float rstd, float* dx, bool add);
  /** y[i] = q · row i, for `count` rows of n numbers one after another. */
  void (*dots)(int64_t count, int64_t n, const float* q, const T* rows, float* y);
  /** y += Σ w[i] · row i. */
  void (*addRows)(int64_t count, int64_t n, const float* w, const T* rows, float* y);
};

/** Kernels on rows of float32 alone. */
struct FloatKernels {
  /** dx = dy · gelu'(x). */
  void (*geluGradient)(bool tanhForm, int64_t n, const float* dy, const float* x, float* dx);
  /** s = softmax(s · scale + mask?). */
  void (*softmax)(int64_t n, float* s, float scale, const float* mask);
  /** dp = p ∘ (dp ∘ drop? − Σ p · dp ∘ drop?) · scale; p becomes p ∘ drop?. */
  void (*softmaxGradient)(int64_t n, float* p, float* dp, const RowDropout* drop, float scale);
  /** s = s ∘ mask, in place. */
  void (*dropInPlace)(int64_t n, float* s, const RowDropout& drop);
  /** Greatest logit, Σ e^(logit − greatest), Σ logit. */
  void (*entropyStats)(int64_t n, const float* logits, float* stats);
  /** d = (softmax − smoothing / n) · scale; the label's own share is the caller's. */
  void (*entropyGradient)(int64_t n, const float* logits, const float* stats, float smoothing, float scale, float* d);
};

template <class T>
const RowKernels<T>& rowKernels();
const FloatKernels& floatKernels();
/** Instruction set of the chosen kernels. */
const char* rowKernelsName();

}  // namespace dylora
