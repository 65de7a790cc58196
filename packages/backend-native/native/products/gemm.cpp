#include "products/gemm.hpp"

#include <algorithm>
#include <map>

#include "frozen/widened.hpp"
#include "memory/workspace.hpp"
#include "products/products.hpp"
#include "products/tiled-product.hpp"

namespace dylora {

using dnnl::memory;

int currentThreads();

dnnl::engine& cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream() {
  static dnnl::stream stream(cpu());
  return stream;
}

memory::data_type dataType(Type type) {
  return type == Type::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

namespace {

std::map<ProductKey, Product> products;
const size_t mostProducts = 1024;

memory::desc plainDesc(const Matrix& m, int64_t rows, int64_t columns, int64_t stack) {
  if (stack > 1) return {{stack, rows, columns}, dataType(m.type), {m.stackStep, m.rowStep, m.columnStep}};
  return {{rows, columns}, dataType(m.type), {m.rowStep, m.columnStep}};
}

}  // namespace

Product* knownProduct(const ProductKey& key) {
  const auto found = products.find(key);
  return found == products.end() ? nullptr : &found->second;
}

Product& rememberProduct(const ProductKey& key, Product&& product) {
  if (products.size() >= mostProducts) products.clear();
  return products.emplace(key, std::move(product)).first->second;
}

void forgetProducts(int64_t owner) {
  for (auto entry = products.begin(); entry != products.end();) {
    entry = entry->first[0] == owner ? products.erase(entry) : std::next(entry);
  }
}

Product makeProduct(const memory::desc& source, const memory::desc& weights, const memory::desc& target, bool biased,
                    bool add) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (add) after.append_sum(1.0f);
  attributes.set_post_ops(after);
  const memory::desc bias({1, target.dims().back()}, memory::data_type::f32, {target.dims().back(), 1});
  const dnnl::matmul::desc desc = biased ? dnnl::matmul::desc(source, weights, bias, target)
                                         : dnnl::matmul::desc(source, weights, target);
  const dnnl::matmul::primitive_desc chosen(desc, attributes, cpu());
  return {dnnl::matmul(chosen), source, chosen.weights_desc(), target, chosen.scratchpad_desc()};
}

void execute(const Product& product, void* source, const memory& weights, void* target, const float* bias) {
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, memory(product.source, cpu(), source)},
      {DNNL_ARG_WEIGHTS, weights},
      {DNNL_ARG_DST, memory(product.target, cpu(), target)},
  };
  if (bias != nullptr) {
    const int64_t n = product.target.dims().back();
    const memory::desc desc({1, n}, memory::data_type::f32, {n, 1});
    arguments.emplace(DNNL_ARG_BIAS, memory(desc, cpu(), const_cast<float*>(bias)));
  }
  if (product.scratch.get_size() > 0) {
    char* scratch = workspace().take<char>(Slot::oneDnn, static_cast<int64_t>(product.scratch.get_size()));
    arguments.emplace(DNNL_ARG_SCRATCHPAD, memory(product.scratch, cpu(), scratch));
  }
  product.primitive.execute(stream(), arguments);
  stream().wait();
}

void multiply(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
              int64_t stack, const float* bias) {
  const bool halves = a.type == Type::bf16 || b.type == Type::bf16 || c.type == Type::bf16;
  if (halves && !hasBf16()) return multiplyWidened(m, n, k, a, b, c, add, stack, bias);
  if (stack == 1 && suitsTiles(m, n, k, a, b, c)) return multiplyTiled(m, n, k, a, b, c, add, bias);
  const ProductKey key = {0,           m,           n,           k,           stack,       add,         int64_t(a.type),
                          a.rowStep,   a.columnStep, a.stackStep, int64_t(b.type), b.rowStep, b.columnStep, b.stackStep,
                          int64_t(c.type), c.rowStep, c.columnStep, c.stackStep, currentThreads(), 0, bias != nullptr};
  Product* product = knownProduct(key);
  if (product == nullptr) {
    product = &rememberProduct(key, makeProduct(plainDesc(a, m, k, stack), plainDesc(b, k, n, stack),
                                                plainDesc(c, m, n, stack), bias != nullptr, add));
  }
  execute(*product, a.data, memory(product->weights, cpu(), b.data), c.data, bias);
}

void smallProduct(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float* a,
                  int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc) {
  dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

bool hasBf16() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx512_core_bf16:
    case dnnl::cpu_isa::avx512_core_amx:
      return true;
    default:
      return false;
  }
}

std::string engineDescription() {
  const dnnl_version_t* version = dnnl_version();
  const char* isa = "";
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx512_core_amx: isa = "AMX"; break;
    case dnnl::cpu_isa::avx512_core_bf16: isa = "AVX-512 bf16"; break;
    case dnnl::cpu_isa::avx512_core_vnni:
    case dnnl::cpu_isa::avx512_core: isa = "AVX-512"; break;
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni: isa = "AVX2"; break;
    default: isa = "no wide vectors";
  }
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + ", " + isa;
}

void trimProducts() { products.clear(); }

Workspace& workspace() {
  static Workspace instance;
  return instance;
}

}  // namespace dylora
