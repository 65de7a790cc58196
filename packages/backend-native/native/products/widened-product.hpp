// Products of bfloat16 where the CPU does not multiply it: in float32, which the operands are widened to.
#pragma once
#include "memory/workspace.hpp"
#include "products/matrix.hpp"

namespace dylora {

/** {@link multiply} of bfloat16 operands. */
void multiplyWidened(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
                     int64_t stack, const float* bias);

/** The matrix in float32: itself, or its numbers in a buffer, transposed or not as they lie. */
Matrix widened(const Matrix& m, int64_t rows, int64_t columns, int64_t stack, Slot slot);

/** target (+)= product `[rows, n]`, which is overwritten. */
void finishProduct(int64_t rows, int64_t n, float* product, const Matrix& target, bool add);

}  // namespace dylora
