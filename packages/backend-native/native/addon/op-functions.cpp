// Normalisation, GELU, attention and LoRA pairs.
#include <cstring>

#include "addon/functions.hpp"
#include "addon/read.hpp"
#include "attention/attention.hpp"
#include "common/threads.hpp"
#include "lora/lora.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

/** norm(rows, n, x, gamma, beta, epsilon, y, xhat, rstd) */
napi_value norm(const Arguments& arguments) {
  const int64_t rows = arguments[0].count(1), n = arguments[1].count(1), size = product(rows, n);
  float* x = arguments[2].floats(size);
  const float *gamma = arguments[3].floats(n), *beta = arguments[4].floats(n);
  const float epsilon = static_cast<float>(arguments[5].number());
  float *y = arguments[6].floats(size), *hat = arguments[7].floats(size), *rstd = arguments[8].floats(rows);
  forRows(rows, n, [&](int64_t row) {
    const int64_t at = row * n;
    rstd[row] = rowKernels<float>().norm(n, x + at, nullptr, nullptr, gamma, beta, epsilon, x + at, y + at, nullptr,
                                         hat + at);
  });
  return nullptr;
}

/** normGradient(rows, n, dy, gamma, xhat, rstd, dx) */
napi_value normGradient(const Arguments& arguments) {
  const int64_t rows = arguments[0].count(1), n = arguments[1].count(1), size = product(rows, n);
  const float *dy = arguments[2].floats(size), *gamma = arguments[3].floats(n), *hat = arguments[4].floats(size);
  const float* rstd = arguments[5].floats(rows);
  float* dx = arguments[6].floats(size);
  forRows(rows, n, [&](int64_t row) {
    rowKernels<float>().normGradient(n, dy + row * n, gamma, hat + row * n, rstd[row], dx + row * n, false);
  });
  return nullptr;
}

/** Cuts n numbers into parts for the threads. */
template <class Work>
void forParts(int64_t n, const Work& work) {
  const int64_t part = 4096;
  forRows((n + part - 1) / part, part, [&](int64_t index) {
    const int64_t from = index * part;
    work(from, n - from < part ? n - from : part);
  });
}

/** gelu(tanhForm, x, y) */
napi_value gelu(const Arguments& arguments) {
  const bool tanhForm = arguments[0].boolean();
  const int64_t n = arguments[1].floatCount();
  const float* x = arguments[1].floats(n);
  float* y = arguments[2].floats(n);
  forParts(n, [&](int64_t from, int64_t count) { rowKernels<float>().gelu(tanhForm, count, x + from, y + from); });
  return nullptr;
}

/** geluGradient(tanhForm, dy, x, dx) */
napi_value geluGradient(const Arguments& arguments) {
  const bool tanhForm = arguments[0].boolean();
  const int64_t n = arguments[1].floatCount();
  const float *dy = arguments[1].floats(n), *x = arguments[2].floats(n);
  float* dx = arguments[3].floats(n);
  forParts(n, [&](int64_t from, int64_t count) {
    floatKernels().geluGradient(tanhForm, count, dy + from, x + from, dx + from);
  });
  return nullptr;
}

/** attention(shape, qkv, context) */
napi_value attentionOf(const Arguments& arguments) {
  const AttentionShape shape = attentionOf(arguments[0]);
  const int64_t size = product(shape.batch * shape.length, shape.heads * shape.size);
  const float* qkv = arguments[1].floats(3 * size);
  attention(shape, qkv, arguments[2].floats(size));
  return nullptr;
}

/** attentionGradient(shape, dContext, qkv, dQkv) */
napi_value attentionGradientOf(const Arguments& arguments) {
  const AttentionShape shape = attentionOf(arguments[0]);
  const int64_t size = product(shape.batch * shape.length, shape.heads * shape.size);
  const float *dContext = arguments[1].floats(size), *qkv = arguments[2].floats(3 * size);
  attentionGradient(shape, dContext, qkv, arguments[3].floats(3 * size));
  return nullptr;
}

/** Reads `{rows, length, inFeatures, outFeatures, pairs}`. */
PairSet pairSetOf(const Value& value, bool gradients, int64_t* out) {
  const int64_t rows = value["rows"].count(1), length = value["length"].count(1), in = value["inFeatures"].count(1);
  if (rows % length != 0) value["length"].refuse("a divisor of the rows");
  *out = value["outFeatures"].count(1);
  return pairsOf(value["pairs"], rows, length, in, *out, gradients);
}

/** lora(set, x, u, y): overwrites y with the deltas. */
napi_value lora(const Arguments& arguments) {
  int64_t out;
  const PairSet set = pairSetOf(arguments[0], false, &out);
  const float* x = arguments[1].floats(product(set.rows, set.inFeatures));
  float* u = arguments[2].floats(product(set.rows, set.rank()));
  float* y = arguments[3].floats(product(set.rows, out));
  std::memset(y, 0, set.rows * out * sizeof(float));
  applyPairs(set, x, u, y, out);
  return nullptr;
}

/** loraGradient(set, dy, x, u, dx): overwrites dx. */
napi_value loraGradient(const Arguments& arguments) {
  int64_t out;
  const PairSet set = pairSetOf(arguments[0], true, &out);
  const float* dy = arguments[1].floats(product(set.rows, out));
  const float* x = arguments[2].floats(product(set.rows, set.inFeatures));
  const float* u = arguments[3].floats(product(set.rows, set.rank()));
  float* dx = arguments[4].floats(product(set.rows, set.inFeatures));
  std::memset(dx, 0, set.rows * set.inFeatures * sizeof(float));
  pairGradients(set, dy, out, x, u, dx);
  return nullptr;
}

}  // namespace

std::vector<napi_property_descriptor> opFunctions() {
  return {
      exported<norm, 9>("norm"),
      exported<normGradient, 7>("normGradient"),
      exported<gelu, 3>("gelu"),
      exported<geluGradient, 4>("geluGradient"),
      exported<attentionOf, 3>("attention"),
      exported<attentionGradientOf, 4>("attentionGradient"),
      exported<lora, 4>("lora"),
      exported<loraGradient, 5>("loraGradient"),
  };
}

}  // namespace dylora
