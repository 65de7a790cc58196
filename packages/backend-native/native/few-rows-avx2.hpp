// Products of few rows on CPUs with AVX2, with weights that lie in blocks of columns.
#pragma once
#include "gemm.hpp"

namespace dylora {

struct BlockProduct {
  int64_t rows;
  /** `[rows, depth]`. */
  const float* x;
  ColumnBlocks weights;
  const float* bias;
  /** `[rows, out]`, of bfloat16 where halfTarget. */
  void* y;
  bool halfTarget;
};

/** Rows up to which it is faster than oneDNN's product; 0 where the CPU does not have it. */
int64_t mostBlockRows(Type type);
void multiplyBlocks(const BlockProduct& product);

}  // namespace dylora
