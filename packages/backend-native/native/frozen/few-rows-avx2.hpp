// Products of few rows with row-major weights, on CPUs with AVX2.
#pragma once
#include "frozen/row-major-product.hpp"
#include "products/matrix.hpp"

namespace dylora {

/** Rows up to which it is faster than oneDNN's product; 0 where the CPU does not have it. */
int64_t mostRowMajorRows(Type type);
/**
 * In strips; float32 of very few rows in sweeps over thousands of columns: a few rows of weights at a time, each of which
 * the CPU foresees as a stream; bfloat16 of many rows packed as float32 for tiles of sums.
 */
void multiplyRowMajor(const RowMajorProduct& product);

}  // namespace dylora
