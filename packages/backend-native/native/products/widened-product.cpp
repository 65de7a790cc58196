#include "products/widened-product.hpp"

#include <algorithm>

#include "common/threads.hpp"
#include "products/direct-product.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

/** A row of a matrix in float32 at `target`, or back. */
void readRow(const Matrix& m, int64_t row, int64_t n, float* target) {
  if (m.type == Type::f32) {
    const float* from = static_cast<const float*>(m.data) + row * m.rowStride;
    for (int64_t i = 0; i < n; i++) target[i] = from[i * m.columnStride];
    return;
  }
  const bf16* from = static_cast<const bf16*>(m.data) + row * m.rowStride;
  if (m.columnStride == 1) {
    rowKernels<bf16>().toFloat(n, from, target);
    return;
  }
  for (int64_t i = 0; i < n; i++) rowKernels<bf16>().toFloat(1, from + i * m.columnStride, target + i);
}

void writeRow(const Matrix& m, int64_t row, int64_t n, const float* from) {
  if (m.type == Type::f32) {
    float* target = static_cast<float*>(m.data) + row * m.rowStride;
    for (int64_t i = 0; i < n; i++) target[i * m.columnStride] = from[i];
    return;
  }
  bf16* target = static_cast<bf16*>(m.data) + row * m.rowStride;
  if (m.columnStride == 1) {
    rowKernels<bf16>().fromFloat(n, from, target);
    return;
  }
  for (int64_t i = 0; i < n; i++) rowKernels<bf16>().fromFloat(1, from + i, target + i * m.columnStride);
}

}  // namespace

Matrix widened(const Matrix& m, int64_t rows, int64_t columns, int64_t stack, Slot slot) {
  if (m.type == Type::f32) return m;
  float* target = workspace().take(slot, stack * rows * columns);
  const bool turned = m.columnStride != 1 && m.rowStride == 1;
  const int64_t lines = turned ? columns : rows, n = turned ? rows : columns;
  const Matrix from = turned ? Matrix{m.type, m.data, m.columnStride, m.rowStride, m.stackStride} : m;
  forRows(stack * lines, n, [&](int64_t line) {
    readRow(from.inStack(line / lines), line % lines, n, target + line * n);
  });
  return turned ? matrix(target, 1, n, lines * n) : matrix(target, n, 1, lines * n);
}

void finishProduct(int64_t rows, int64_t n, float* product, const Matrix& target, bool add) {
  const int64_t part = 256;
  forRows(rows, n, [&](int64_t row) {
    float numbers[part];
    for (int64_t at = 0; at < n; at += part) {
      const int64_t count = std::min(part, n - at);
      float* own = product + row * n + at;
      if (add) {
        readRow(target.from(at), row, count, numbers);
        for (int64_t i = 0; i < count; i++) own[i] += numbers[i];
      }
      writeRow(target.from(at), row, count, own);
    }
  });
}

void multiplyWidened(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
                     int64_t stack, const float* bias) {
  const Matrix left = widened(a, m, k, stack, Slot::widenedSource);
  const Matrix right = widened(b, k, n, stack, Slot::widenedWeights);
  if (c.type == Type::f32) return multiplyDirectly(m, n, k, left, right, c, add, stack, bias);
  float* made = workspace().take(Slot::widenedSums, stack * m * n);
  multiplyDirectly(m, n, k, left, right, matrix(made, n, 1, m * n), false, stack, bias);
  for (int64_t i = 0; i < stack; i++) finishProduct(m, n, made + i * m * n, c.inStack(i), add);
}

}  // namespace dylora
