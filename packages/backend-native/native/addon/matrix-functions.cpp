// Frozen matrices, products and rows of tables.
#include <cstring>

#include "addon/functions.hpp"
#include "addon/read.hpp"
#include "common/threads.hpp"
#include "frozen/frozen-apply.hpp"
#include "products/gemm.hpp"

namespace dylora {

namespace {

/** pack(values, inFeatures, outFeatures, outIn, bfloat16) */
napi_value pack(const Arguments& arguments) {
  const int64_t in = arguments[1].count(1), out = arguments[2].count(1);
  const float* values = arguments[0].floats(product(in, out));
  const bool outIn = arguments[3].boolean(), half = arguments[4].boolean();
  auto packed = std::make_unique<std::unique_ptr<PackedMatrix>>(
      std::make_unique<PackedMatrix>(values, in, out, outIn, half ? Type::bf16 : Type::f32));
  napi_value result;
  check(napi_create_object(arguments.env, &result));
  const auto finalize = [](napi_env, void* data, void*) {
    const std::lock_guard<std::recursive_mutex> guard(addonLock);
    delete static_cast<std::unique_ptr<PackedMatrix>*>(data);
  };
  check(napi_wrap(arguments.env, result, packed.get(), finalize, nullptr, nullptr));
  packed.release();
  check(napi_type_tag_object(arguments.env, result, &packedTag));
  return result;
}

/** release(packed): frees the numbers now; a second call does nothing. */
napi_value release(const Arguments& arguments) {
  static_cast<std::unique_ptr<PackedMatrix>*>(arguments[0].handle(packedTag))->reset();
  return nullptr;
}

/** packedBytes(packed): what its numbers take up. */
napi_value packedBytes(const Arguments& arguments) {
  return number(arguments.env, static_cast<double>(packedOf(arguments[0]).bytes()));
}

/** applyPacked(packed, backward, rows, x, bias?, y) */
napi_value applyPacked(const Arguments& arguments) {
  PackedMatrix& packed = packedOf(arguments[0]);
  const bool backward = arguments[1].boolean();
  const int64_t rows = arguments[2].count(1);
  const int64_t in = backward ? packed.outFeatures() : packed.inFeatures();
  const int64_t out = backward ? packed.inFeatures() : packed.outFeatures();
  const float* x = arguments[3].floats(product(rows, in));
  const float* bias = arguments[4].floatsOrNull(out);
  float* y = arguments[5].floats(product(rows, out));
  if (backward) applyBackward(packed, rows, x, bias, y);
  else applyForward(packed, rows, x, bias, y);
  return nullptr;
}

/** multiply(stack, m, n, k, a, transposeA, b, transposeB, c) */
napi_value multiplyOf(const Arguments& arguments) {
  const int64_t stack = arguments[0].count(1), m = arguments[1].count(1), n = arguments[2].count(1);
  const int64_t k = arguments[3].count(1);
  const float* a = arguments[4].floats(product(stack, m, k));
  const bool transposeA = arguments[5].boolean(), transposeB = arguments[7].boolean();
  const float* b = arguments[6].floats(product(stack, k, n));
  float* c = arguments[8].floats(product(stack, m, n));
  const Matrix left = transposeA ? matrix(a, 1, m, m * k) : matrix(a, k, 1, m * k);
  const Matrix right = transposeB ? matrix(b, 1, k, k * n) : matrix(b, n, 1, k * n);
  multiply(m, n, k, left, right, matrix(c, n, 1, m * n), false, stack);
  return nullptr;
}

/** gatherRows(tableRows, width, table, ids, y): the place of the first id that is no row, or −1. */
napi_value gatherRows(const Arguments& arguments) {
  const int64_t tableRows = arguments[0].count(1), width = arguments[1].count(1);
  const float* table = arguments[2].floats(product(tableRows, width));
  const int64_t count = arguments[4].floatCount() / width;
  const int32_t* ids = arguments[3].integers(count);
  float* y = arguments[4].floats(product(count, width));
  for (int64_t i = 0; i < count; i++) {
    if (ids[i] < 0 || ids[i] >= tableRows) return number(arguments.env, static_cast<double>(i));
  }
  forRows(count, width, [&](int64_t i) { std::memcpy(y + i * width, table + ids[i] * width, width * sizeof(float)); });
  return number(arguments.env, -1);
}

/** packedColumns(packed, columns, y): columns of a float32 matrix, one after another. */
napi_value packedColumns(const Arguments& arguments) {
  const PackedMatrix& packed = packedOf(arguments[0]);
  if (packed.type() != Type::f32) arguments[0].refuse("of float32");
  const int64_t count = arguments[1].integerCount();
  const int32_t* columns = arguments[1].integers(count);
  for (int64_t i = 0; i < count; i++) {
    if (columns[i] < 0 || columns[i] >= packed.outFeatures()) arguments[1].refuse("columns of the matrix");
  }
  columnsOf(packed, count, columns, arguments[2].floats(product(count, packed.inFeatures())));
  return nullptr;
}

}  // namespace

std::vector<napi_property_descriptor> matrixFunctions() {
  return {
      exported<pack, 5>("pack"),
      exported<release, 1>("release"),
      exported<packedBytes, 1>("packedBytes"),
      exported<applyPacked, 6>("applyPacked"),
      exported<multiplyOf, 9>("multiply"),
      exported<gatherRows, 5>("gatherRows"),
      exported<packedColumns, 3>("packedColumns"),
  };
}

}  // namespace dylora
