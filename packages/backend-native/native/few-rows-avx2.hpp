// Products of few rows with row-major weights, on CPUs with AVX2.
#pragma once
#include "gemm.hpp"

namespace dylora {

struct SweptProduct {
  int64_t rows;
  /** `[rows, in]`. */
  const float* x;
  RowMajor weights;
  const float* bias;
  /** `[rows, out]`, of bfloat16 where halfTarget. */
  void* y;
  bool halfTarget;
};

/** Rows up to which it is faster than oneDNN's product; 0 where the CPU does not have it. */
int64_t mostSweptRows(Type type);
/** Sweeps across thousands of columns, a few rows of weights at a time: the CPU foresees each of these as a stream. */
void multiplySweeping(const SweptProduct& product);

}  // namespace dylora
