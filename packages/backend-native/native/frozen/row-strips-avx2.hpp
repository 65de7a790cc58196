// Products of few rows with row-major weights, a strip of columns at a time, on CPUs with AVX2.
#pragma once
#include "frozen/row-major-product.hpp"

namespace dylora {

/** A strip of weights at a time, as wide as a cache line, that all rows run over: at most so many. */
constexpr int64_t mostStripRows = 96;
void multiplyInStrips(const RowMajorProduct& product);

}  // namespace dylora
