#include "products/direct-product.hpp"

#include "common/threads.hpp"
#include "products/prepared-product.hpp"
#include "products/tiled-product.hpp"

namespace dylora {

using dnnl::memory;

namespace {

memory::desc plainDesc(const Matrix& m, int64_t rows, int64_t columns, int64_t stack) {
  if (stack > 1) return {{stack, rows, columns}, dataType(m.type), {m.stackStride, m.rowStride, m.columnStride}};
  return {{rows, columns}, dataType(m.type), {m.rowStride, m.columnStride}};
}

}  // namespace

void multiplyDirectly(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
                      int64_t stack, const float* bias) {
  if (stack == 1 && suitsTiles(m, n, k, a, b, c)) return multiplyTiled(m, n, k, a, b, c, add, bias);
  const ProductKey key = {0,           m,           n,           k,           stack,       add,         int64_t(a.type),
                          a.rowStride,   a.columnStride, a.stackStride, int64_t(b.type), b.rowStride, b.columnStride, b.stackStride,
                          int64_t(c.type), c.rowStride, c.columnStride, c.stackStride, currentThreads(), 0, bias != nullptr};
  Product* product = knownProduct(key);
  if (product == nullptr) {
    product = &rememberProduct(key, makeProduct(plainDesc(a, m, k, stack), plainDesc(b, k, n, stack),
                                                plainDesc(c, m, n, stack), bias != nullptr, add));
  }
  execute(*product, a.data, memory(product->weights, cpu(), b.data), c.data, bias);
}

}  // namespace dylora
