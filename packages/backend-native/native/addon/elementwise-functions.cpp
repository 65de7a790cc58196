// The functions behind tfjs's elementwise kernels, reductions and copies that JavaScript sees.
#include "addon/functions.hpp"
#include "elementwise/strided.hpp"

namespace dylora {

namespace {

template <class Kind>
Kind kindOf(const Value& value) {
  const int64_t kind = value.count();
  if (kind >= static_cast<int64_t>(Kind::count)) value.refuse("the number of a kernel");
  return static_cast<Kind>(kind);
}

/** One past the last element that `dims` reach in the first or second array. */
int64_t reachOf(const BroadcastDims& dims, int64_t BroadcastDim::*stride) {
  int64_t reach = 1;
  for (const BroadcastDim& dim : dims) reach += product(dim.size - 1, dim.*stride);
  return reach;
}

/** Reads `[size, stride of the first, stride of the second]` of each dimension, the outermost first. */
BroadcastDims dimsOf(const Value& value) {
  const int64_t numbers = value.integerCount();
  if (numbers == 0 || numbers % 3 != 0) value.refuse("three numbers for each dimension");
  const int32_t* given = value.integers(numbers);
  BroadcastDims dims;
  int64_t elements = 1;
  for (int64_t at = 0; at < numbers; at += 3) {
    if (given[at] < 1 || given[at + 1] < 0 || given[at + 2] < 0) value.refuse("sizes above 0, and strides");
    dims.push_back({given[at], given[at + 1], given[at + 2]});
    elements = product(elements, given[at]);
  }
  return dims;
}

/** A Float32Array with every element that `dims` reach in it. */
float* reached(const Value& value, const BroadcastDims& dims, int64_t BroadcastDim::*stride, int64_t start = 0) {
  const int64_t length = value.floatCount();
  if (start + reachOf(dims, stride) > length) value.refuse("long enough for the dimensions");
  return value.floats(length) + start;
}

/** unary(kind, x, y) */
napi_value unaryOf(const Arguments& arguments) {
  const Unary kind = kindOf<Unary>(arguments[0]);
  const int64_t n = arguments[1].floatCount();
  unary(kind, n, arguments[1].floats(n), arguments[2].floats(n));
  return nullptr;
}

/** binary(kind, dims, a, b, y) */
napi_value binaryOf(const Arguments& arguments) {
  const Binary kind = kindOf<Binary>(arguments[0]);
  const BroadcastDims dims = dimsOf(arguments[1]);
  if (dims.back().strideA > 1 || dims.back().strideB > 1) arguments[1].refuse("of strides 0 or 1 in the last dimension");
  const float* a = reached(arguments[2], dims, &BroadcastDim::strideA);
  const float* b = reached(arguments[3], dims, &BroadcastDim::strideB);
  broadcast(kind, dims, a, b, arguments[4].floats(elementsOf(dims)));
  return nullptr;
}

/** reduce(kind, outer, reduced, inner, x, y) */
napi_value reduceOf(const Arguments& arguments) {
  const Reduction kind = kindOf<Reduction>(arguments[0]);
  const int64_t outer = arguments[1].count(1), reduced = arguments[2].count(1), inner = arguments[3].count(1);
  const float* x = arguments[4].floats(product(outer, reduced, inner));
  reduce(kind, outer, reduced, inner, x, arguments[5].floats(product(outer, inner)));
  return nullptr;
}

/** softmax(rows, columns, x, y) */
napi_value softmaxOf(const Arguments& arguments) {
  const int64_t rows = arguments[0].count(1), columns = arguments[1].count(1), n = product(rows, columns);
  softmax(rows, columns, arguments[2].floats(n), arguments[3].floats(n));
  return nullptr;
}

/** copy(dims, from, fromStart, to, toStart) */
napi_value copyOf(const Arguments& arguments) {
  const BroadcastDims dims = dimsOf(arguments[0]);
  for (const BroadcastDim& dim : dims) {
    if (dim.size > 1 && dim.strideB == 0) arguments[0].refuse("of strides above 0 in what is written");
  }
  const float* from = reached(arguments[1], dims, &BroadcastDim::strideA, arguments[2].count());
  float* to = reached(arguments[3], dims, &BroadcastDim::strideB, arguments[4].count());
  const int64_t reachA = reachOf(dims, &BroadcastDim::strideA), reachB = reachOf(dims, &BroadcastDim::strideB);
  const bool apart = from + reachA <= to || to + reachB <= from;
  if (!apart) arguments[3].refuse("another array than the one it is copied from");
  copy(dims, from, to);
  return nullptr;
}

}  // namespace

std::vector<napi_property_descriptor> elementwiseFunctions() {
  return {exported<unaryOf, 3>("unary"), exported<binaryOf, 5>("binary"), exported<reduceOf, 6>("reduce"),
          exported<softmaxOf, 4>("softmax"), exported<copyOf, 5>("copy")};
}

}  // namespace dylora
