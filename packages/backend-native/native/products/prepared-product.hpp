// Products of oneDNN that are prepared once for each shape. For the units that multiply matrices.
#pragma once
#include <array>
#include <dnnl.hpp>

#include "products/matrix.hpp"

namespace dylora {

dnnl::engine& cpu();
dnnl::stream& stream();
dnnl::memory::data_type dataType(Type type);

/** A product with everything that fixes its code. */
struct Product {
  dnnl::matmul primitive;
  dnnl::memory::desc source, weights, target, scratch;
};

/** Whose the weights are (0: nobody's), then the shape. */
using ProductKey = std::array<int64_t, 21>;

/** Prepares a product; weights of format `any` get the layout that oneDNN likes best. */
Product makeProduct(const dnnl::memory::desc& source, const dnnl::memory::desc& weights,
                    const dnnl::memory::desc& target, bool biased, bool add);
/** The product of this key, or null. */
Product* knownProduct(const ProductKey& key);
Product& rememberProduct(const ProductKey& key, Product&& product);
/** Forgets the products of one owner. */
void forgetProducts(int64_t owner);
/** Forgets all of them. */
void forgetProducts();

void execute(const Product& product, void* source, const dnnl::memory& weights, void* target, const float* bias);

}  // namespace dylora
