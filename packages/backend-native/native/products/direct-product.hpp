// Products of the types that this CPU multiplies: by our own tiles where they are faster, else by oneDNN.
#pragma once
#include "products/matrix.hpp"

namespace dylora {

/** {@link multiply} of float32 operands, or of bfloat16 ones on a CPU that multiplies them. */
void multiplyDirectly(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c,
                      bool add = false, int64_t stack = 1, const float* bias = nullptr);

}  // namespace dylora
