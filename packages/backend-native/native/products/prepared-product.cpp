#include "products/prepared-product.hpp"

#include <map>
#include <unordered_map>

#include "memory/workspace.hpp"

namespace dylora {

using dnnl::memory;

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

void forgetProducts() { products.clear(); }

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

}  // namespace dylora
