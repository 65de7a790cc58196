// Products of few rows with row-major weights, on CPUs with AVX2.
#pragma once
#include "products/gemm.hpp"

namespace dylora {

struct RowMajorProduct {
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
int64_t mostRowMajorRows(Type type);
/**
 * In strips; float32 of very few rows in sweeps over thousands of columns: a few rows of weights at a time, each of which
 * the CPU foresees as a stream; bfloat16 of many rows packed as float32 for tiles of sums.
 */
void multiplyRowMajor(const RowMajorProduct& product);

/** A strip of weights at a time, as wide as a cache line, that all rows run over: at most so many. */
constexpr int64_t mostStripRows = 96;
void multiplyInStrips(const RowMajorProduct& product);
/** Bias added to sums of a row from `column` on, which are stored. */
void finishRow(const RowMajorProduct& product, int64_t row, int64_t column, int64_t columns, float* sums);

}  // namespace dylora
