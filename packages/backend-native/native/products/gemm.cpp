#include "products/gemm.hpp"

#include "products/direct-product.hpp"
#include "products/onednn.hpp"
#include "products/prepared-product.hpp"
#include "products/widened-product.hpp"

namespace dylora {

void multiply(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
              int64_t stack, const float* bias) {
  const bool halves = a.type == Type::bf16 || b.type == Type::bf16 || c.type == Type::bf16;
  if (halves && !hasBf16()) multiplyWidened(m, n, k, a, b, c, add, stack, bias);
  else multiplyDirectly(m, n, k, a, b, c, add, stack, bias);
}

void smallProduct(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float* a,
                  int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc) {
  dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void trimProducts() { forgetProducts(); }

}  // namespace dylora
