// The functions of generation that JavaScript sees.
#include "addon/functions.hpp"
#include "addon/read.hpp"
#include "attention/attention.hpp"
#include "block/cached-block.hpp"
#include "memory/read-rate.hpp"
#include "products/matrix.hpp"

namespace dylora {

namespace {

/** Reads `{values, rows, capacity}`: the storage lies in float32 numbers, whatever its type is. */
CacheStorage storageOf(const Value& value, int64_t heads, int64_t size, Type type) {
  CacheStorage storage{nullptr, value["rows"].count(1), value["capacity"].count(1), heads, size};
  product(product(storage.rows, storage.capacity), product(heads, size, 2));
  const int64_t words = type == Type::bf16 ? (storage.elements() + 1) / 2 : storage.elements();
  storage.data = value["values"].floats(words);
  return storage;
}

/** Reads `{table?, width}` of a batch. */
CacheRows rowsOf(const Value& value, int64_t batch, int64_t seen, const CacheStorage& storage) {
  if (value["table"].absent()) return {nullptr, 0};
  const int64_t width = value["width"].count(), entries = product(batch, width);
  if (width > seen) value["width"].refuse("at most the tokens seen");
  const int32_t* table = value["table"].integers(entries);
  for (int64_t i = 0; i < entries; i++) {
    if (table[i] < 0 || table[i] >= storage.rows) value["table"].refuse("rows of the cache");
  }
  return {table, width};
}

/** decodeBlock(block, x, y, {values, rows, capacity, table?, width}, seen) */
napi_value decodeBlockOf(const Arguments& arguments) {
  const Value& cache = arguments[3];
  const int64_t seen = arguments[4].count();
  const int64_t length = arguments[0]["attention"]["length"].count(1);
  const Block block = blockOf(arguments[0], false, seen + length);
  const int64_t size = block.rows() * block.hidden;
  const float* x = arguments[1].floats(size);
  float* y = arguments[2].floats(size);
  const AttentionShape& shape = block.attention;
  const CacheStorage storage = storageOf(cache, shape.heads, shape.size, block.weights[0]->type());
  if (storage.rows < block.batch || storage.capacity < seen + length) cache.refuse("a cache with room for the tokens");
  decodeBlock(block, x, y, storage, rowsOf(cache, block.batch, seen, storage), seen);
  return nullptr;
}

/** copyCache(bfloat16, heads, size, batch, seen, from, to) */
napi_value copyCacheOf(const Arguments& arguments) {
  const Type type = arguments[0].boolean() ? Type::bf16 : Type::f32;
  const int64_t heads = arguments[1].count(1), size = arguments[2].count(1);
  const int64_t batch = arguments[3].count(1), seen = arguments[4].count();
  const CacheStorage from = storageOf(arguments[5], heads, size, type);
  const CacheStorage to = storageOf(arguments[6], heads, size, type);
  const CacheRows rows = rowsOf(arguments[5], batch, seen, from);
  if (rows.width < seen && from.rows < batch) arguments[5].refuse("a cache of as many sequences");
  if (from.capacity < seen) arguments[5].refuse("a cache of as many tokens");
  if (to.rows < batch || to.capacity < seen) arguments[6].refuse("a cache with room for the tokens");
  if (from.data == to.data) arguments[6].refuse("another array than the one it is copied from");
  copyCache(type, batch, seen, from, rows, to);
  return nullptr;
}

/** readRate(bytes) */
napi_value readRateOf(const Arguments& arguments) {
  return number(arguments.env, readRate(arguments[0].count(1 << 20)));
}

}  // namespace

std::vector<napi_property_descriptor> generationFunctions() {
  return {exported<decodeBlockOf, 5>("decodeBlock"), exported<copyCacheOf, 7>("copyCache"),
          exported<readRateOf, 1>("readRate")};
}

}  // namespace dylora
