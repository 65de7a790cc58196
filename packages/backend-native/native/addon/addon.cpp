// The functions that JavaScript sees. Each checks its arguments, takes the lock, and computes on all threads.
#include <omp.h>

#include <cstring>

#include "addon/adamw-functions.hpp"
#include "addon/call.hpp"
#include "addon/elementwise-functions.hpp"
#include "addon/generation-functions.hpp"
#include "addon/read.hpp"
#include "attention/attention.hpp"
#include "common/threads.hpp"
#include "frozen/frozen-apply.hpp"
#include "frozen/packed-matrix.hpp"
#include "lora/lora.hpp"
#include "memory/workspace.hpp"
#include "products/gemm.hpp"
#include "products/matrix.hpp"
#include "products/onednn.hpp"
#include "rows/row-kernels.hpp"
#include "training/vocabulary-loss.hpp"

namespace dylora {

namespace {

napi_value number(napi_env env, double value) {
  napi_value result;
  check(napi_create_double(env, value, &result));
  return result;
}

napi_value describe(const Arguments& arguments) {
  napi_env env = arguments.env;
  napi_value result, text, flag;
  check(napi_create_object(env, &result));
  const std::string detail = oneDnnDescription() + ", own loops " + rowKernelsName();
  check(napi_create_string_utf8(env, detail.c_str(), detail.size(), &text));
  check(napi_set_named_property(env, result, "detail", text));
  check(napi_get_boolean(env, hasBf16(), &flag));
  check(napi_set_named_property(env, result, "bfloat16", flag));
  return result;
}

napi_value setThreadsOf(const Arguments& arguments) {
  const int64_t count = arguments[0].count(1);
  if (count > 1024) arguments[0].refuse("at most 1024");
  setThreads(static_cast<int>(count));
  return nullptr;
}

napi_value trim(const Arguments&) {
  trimProducts();
  workspace().trim();
  return nullptr;
}

/** misalignment(values): bytes from the last boundary of 64 to where the array starts. */
napi_value misalignment(const Arguments& arguments) {
  const float* values = arguments[0].floats(arguments[0].floatCount());
  return number(arguments.env, static_cast<double>(reinterpret_cast<uintptr_t>(values) % 64));
}

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

/** Labels of rows that count, checked. */
const int32_t* labelsOf(const Value& value, int64_t rows, int64_t classes) {
  const int32_t* labels = value.integers(rows);
  for (int64_t row = 0; row < rows; row++) {
    if (labels[row] < 0 || labels[row] >= classes) value.refuse("classes");
  }
  return labels;
}

/** entropyStats(rows, classes, logits, counts, stats): three numbers a row; rows that do not count are not read. */
napi_value entropyStats(const Arguments& arguments) {
  const int64_t rows = arguments[0].count(1), classes = arguments[1].count(1);
  const float* logits = arguments[2].floats(product(rows, classes));
  const float* counts = arguments[3].floats(rows);
  float* stats = arguments[4].floats(product(rows, entropyStatistics));
  entropyStatsOf(rows, classes, logits, counts, stats);
  return nullptr;
}

/** entropyGradient(rows, classes, logits, labels, counts, stats, smoothing, scale, d) */
napi_value entropyGradient(const Arguments& arguments) {
  const int64_t rows = arguments[0].count(1), classes = arguments[1].count(1);
  const float* logits = arguments[2].floats(product(rows, classes));
  const int32_t* labels = labelsOf(arguments[3], rows, classes);
  const float *counts = arguments[4].floats(rows), *stats = arguments[5].floats(product(rows, entropyStatistics));
  const float smoothing = static_cast<float>(arguments[6].number());
  const float scale = static_cast<float>(arguments[7].number());
  float* d = arguments[8].floats(product(rows, classes));
  entropyGradientOf(rows, classes, logits, stats, {labels, counts, smoothing, scale}, d);
  return nullptr;
}

/** vocabularyLoss(packed, rows, x, bias?, labels, counts, smoothing, scale, stats, dx): the sum of the losses */
napi_value vocabularyLossOf(const Arguments& arguments) {
  PackedMatrix& packed = packedOf(arguments[0]);
  const int64_t rows = arguments[1].count(1), size = product(rows, packed.inFeatures());
  const float* x = arguments[2].floats(size);
  const float* bias = arguments[3].floatsOrNull(packed.outFeatures());
  const int32_t* labels = labelsOf(arguments[4], rows, packed.outFeatures());
  const float* counts = arguments[5].floats(rows);
  const EntropyTarget target{labels, counts, static_cast<float>(arguments[6].number()),
                             static_cast<float>(arguments[7].number())};
  float* stats = arguments[8].floats(product(rows, entropyStatistics));
  return number(arguments.env, vocabularyLoss(packed, rows, x, bias, target, stats, arguments[9].floats(size)));
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

/** blockStateFloats(block) */
napi_value blockStateFloatsOf(const Arguments& arguments) {
  return number(arguments.env, static_cast<double>(blockStateFloats(blockOf(arguments[0], false))));
}

/** blockForward(block, x, y, state?) */
napi_value blockForwardOf(const Arguments& arguments) {
  const Block block = blockOf(arguments[0], false);
  const float* x = arguments[1].floats(block.rows() * block.hidden);
  float* y = arguments[2].floats(block.wantedRows() * block.hidden);
  blockForward(block, x, y, arguments[3].floatsOrNull(blockStateFloats(block)));
  return nullptr;
}

/** Reads an input: a Float32Array, or `{hat, gamma, beta}`. */
BlockInput blockInputOf(const Value& value, const Block& block) {
  const int64_t size = block.rows() * block.hidden;
  bool isArray = false;
  check(napi_is_typedarray(value.env(), value.raw(), &isArray));
  BlockInput input;
  if (isArray) {
    input.x = value.floats(size);
  } else {
    input.hat = value["hat"].floats(size);
    input.gamma = value["gamma"].floats(block.hidden);
    input.beta = value["beta"].floats(block.hidden);
  }
  return input;
}

/**
 * blockGradient(block, dy, input?, state, dx?); the input is read where queries, keys or values of a post-norm block are
 * adapted, dx not written where it is null
 */
napi_value blockGradientOf(const Arguments& arguments) {
  const Block block = blockOf(arguments[0], true);
  const int64_t size = block.rows() * block.hidden;
  const float* dy = arguments[1].floats(block.wantedRows() * block.hidden);
  const bool readsX = !block.preNorm && block.weights[0]->type() == Type::f32 && !block.pairs[qkvLayer].pairs.empty();
  const BlockInput input = readsX ? blockInputOf(arguments[2], block) : BlockInput();
  const float* state = arguments[3].floats(blockStateFloats(block));
  blockGradient(block, dy, input, state, arguments[4].floatsOrNull(size));
  return nullptr;
}

napi_value init(napi_env env, napi_value exports) {
  std::vector<napi_property_descriptor> functions = {
      exported<describe, 0>("describe"),
      exported<setThreadsOf, 1>("setThreads"),
      exported<trim, 0>("trim"),
      exported<misalignment, 1>("misalignment"),
      exported<pack, 5>("pack"),
      exported<release, 1>("release"),
      exported<packedBytes, 1>("packedBytes"),
      exported<applyPacked, 6>("applyPacked"),
      exported<multiplyOf, 9>("multiply"),
      exported<norm, 9>("norm"),
      exported<normGradient, 7>("normGradient"),
      exported<gelu, 3>("gelu"),
      exported<geluGradient, 4>("geluGradient"),
      exported<attentionOf, 3>("attention"),
      exported<attentionGradientOf, 4>("attentionGradient"),
      exported<lora, 4>("lora"),
      exported<loraGradient, 5>("loraGradient"),
      exported<entropyStats, 5>("entropyStats"),
      exported<entropyGradient, 9>("entropyGradient"),
      exported<vocabularyLossOf, 10>("vocabularyLoss"),
      exported<gatherRows, 5>("gatherRows"),
      exported<packedColumns, 3>("packedColumns"),
      exported<blockStateFloatsOf, 1>("blockStateFloats"),
      exported<blockForwardOf, 4>("blockForward"),
      exported<blockGradientOf, 5>("blockGradient"),
  };
  for (const auto& more : {decodeFunctions(), adamwFunctions(), elementwiseFunctions()}) {
    functions.insert(functions.end(), more.begin(), more.end());
  }
  if (napi_define_properties(env, exports, functions.size(), functions.data()) != napi_ok) return nullptr;
  return exports;
}

}  // namespace

}  // namespace dylora

NAPI_MODULE_INIT() { return dylora::init(env, exports); }
