#include "block/cached-block.hpp"

#include <cstring>

#include "attention/attention-task.hpp"
#include "common/profile.hpp"
#include "common/threads.hpp"
#include "frozen/few-rows.hpp"
#include "memory/workspace.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

/** Up to here a row's own loop costs less than a product of oneDNN. */
const int64_t mostOwnRows = 64;

/** y += the deltas of a layer's pairs. */
template <class T, class Y>
void addPairs(const PairSet& set, const T* x, Y* y, int64_t out) {
  if (set.pairs.empty()) return;
  DYLORA_PART("decode: pairs");
  const int64_t total = set.rank(), in = set.inFeatures;
  bool dropout = false;
  for (const Pair& pair : set.pairs) dropout = dropout || pair.dropout.on;
  if (dropout || set.rows > mostOwnRows) {
    applyPairs(set, x, workspace().take(Slot::bottleneck, set.rows * total), y, out);
    return;
  }
  const Scratch scratch(in + total);
  forRows(set.rows, total * in, [&](int64_t row) {
    float *input = scratch.ofThread(), *u = input + in;
    rowKernels<T>().toFloat(in, x + row * in, input);
    for (const Pair& pair : set.pairs) {
      rowKernels<float>().dots(pair.rank, in, input, pair.A, u);
      const float* gate = pair.gate == nullptr ? nullptr : pair.gate + row / set.length * pair.gateStride;
      for (int64_t r = 0; r < pair.rank; r++) u[r] *= gate == nullptr ? pair.factor : gate[r];
      rowKernels<Y>().expand(pair.outFeatures, pair.rank, u, pair.Bt, pair.outFeatures, y + row * out + pair.column);
    }
  });
}

/** y = x · W + bias + the deltas of the layer's pairs. */
template <class T, class Y>
void adapted(const Block& block, Layer layer, const T* x, Y* y) {
  {
    DYLORA_PART("decode: products");
    frozenProduct(*block.weights[layer], block.rows(), x, block.bias[layer], y);
  }
  addPairs(block.pairs[layer], x, y, block.weights[layer]->outFeatures());
}

/** Adds keys and values of the new tokens to the storage, in the row of each sequence's own number. */
template <class T>
void append(const Block& block, const T* qkv, const CacheStorage& cache, int64_t seen) {
  const int64_t size = cache.size, hidden = block.hidden;
  forRows(block.batch * cache.heads, 2 * block.length * size, [&](int64_t task) {
    const int64_t sequence = task / cache.heads, head = task % cache.heads;
    for (int part = 0; part < 2; part++) {
      T* target = static_cast<T*>(cache.data) + cache.at(part, sequence, head) + seen * size;
      const T* from = qkv + sequence * block.length * 3 * hidden + (1 + part) * hidden + head * size;
      for (int64_t token = 0; token < block.length; token++) {
        std::memcpy(target + token * size, from + token * 3 * hidden, size * sizeof(T));
      }
    }
  });
}

/** context from the new queries and all keys and values, those of the new tokens included. */
template <class T>
void attendToCache(const Block& block, const T* qkv, const CacheStorage& cache, const CacheRows& rows, int64_t seen,
                   T* context) {
  const int64_t size = cache.size, hidden = block.hidden, tokens = seen + block.length;
  const float scale = 1.0f / std::sqrt(static_cast<float>(size));
  const Scratch scratch(2 * size + tokens);
  forRows(block.batch * cache.heads, 2 * tokens * size * block.length, [&](int64_t task) {
    const int64_t sequence = task / cache.heads, head = task % cache.heads;
    const float* mask = block.attention.mask == nullptr ? nullptr : block.attention.mask + sequence * tokens;
    float *query = scratch.ofThread(), *sum = query + size, *p = sum + size;
    for (int64_t token = 0; token < block.length; token++) {
      const int64_t row = sequence * block.length + token, visible = seen + token + 1;
      const auto rowsOf = [&](int part, int64_t cached, int64_t from) {
        return static_cast<const T*>(cache.data) + cache.at(part, cached, head) + from * size;
      };
      rowKernels<T>().toFloat(size, qkv + row * 3 * hidden + head * size, query);
      rows.runs(sequence, visible, [&](int64_t cached, int64_t from, int64_t to) {
        rowKernels<T>().dots(to - from, size, query, rowsOf(0, cached, from), p + from);
      });
      floatKernels().softmax(visible, p, scale, mask);
      std::memset(sum, 0, size * sizeof(float));
      rows.runs(sequence, visible, [&](int64_t cached, int64_t from, int64_t to) {
        rowKernels<T>().addRows(to - from, size, p + from, rowsOf(1, cached, from), sum);
      });
      rowKernels<T>().fromFloat(size, sum, context + row * hidden + head * size);
    }
  });
}

template <class T>
void decode(const Block& block, const float* x, float* y, const CacheStorage& cache, const CacheRows& cached,
            int64_t seen) {
  const int64_t rows = block.rows(), hidden = block.hidden, inner = block.inner;
  const bool pre = block.preNorm;
  Workspace& work = workspace();
  // sum = a + residual?, and where wanted its normalisation as float32, as activations, or both.
  const auto norm = [&](const float* a, const float* residual, const float* gamma, const float* beta, float* sum,
                        float* normed, T* active) {
    DYLORA_PART("decode: sums and norms");
    forRows(rows, 4 * hidden, [&](int64_t row) {
      const int64_t at = row * hidden;
      rowKernels<T>().norm(hidden, a + at, residual == nullptr ? nullptr : residual + at, nullptr, gamma, beta,
                           block.epsilon, sum + at, normed == nullptr ? nullptr : normed + at,
                           active == nullptr ? nullptr : active + at, nullptr);
    });
  };

  T* normed = work.take<T>(Slot::hiddenA, rows * hidden);
  if (pre) {
    norm(x, nullptr, block.attentionGamma, block.attentionBeta, const_cast<float*>(x), nullptr, normed);
  } else {
    forRows(rows, hidden, [&](int64_t row) {
      rowKernels<T>().fromFloat(hidden, x + row * hidden, normed + row * hidden);
    });
  }
  T* qkv = work.take<T>(Slot::wide, rows * 3 * hidden);
  adapted(block, qkvLayer, normed, qkv);
  T* context = work.take<T>(Slot::hiddenB, rows * hidden);
  {
    DYLORA_PART("decode: attention");
    append(block, qkv, cache, seen);
    if (seen == 0 && block.length > 1) attention(block.attention, qkv, context);
    else attendToCache(block, qkv, cache, cached, seen, context);
  }

  float* sum = work.take(Slot::hiddenC, rows * hidden);
  adapted(block, contextLayer, context, sum);
  float* middle = sum;
  if (pre) {
    norm(sum, x, block.outputGamma, block.outputBeta, sum, nullptr, normed);
  } else {
    middle = work.take(Slot::hiddenD, rows * hidden);
    norm(sum, x, block.attentionGamma, block.attentionBeta, sum, middle, normed);
  }

  T* active = work.take<T>(Slot::wide, rows * inner);
  adapted(block, innerLayer, normed, active);
  {
    DYLORA_PART("decode: gelu");
    forRows(rows, inner, [&](int64_t row) {
      rowKernels<T>().gelu(block.tanhForm, inner, active + row * inner, active + row * inner);
    });
  }
  adapted(block, outputLayer, active, y);
  if (pre) norm(y, middle, nullptr, nullptr, y, nullptr, nullptr);
  else norm(y, middle, block.outputGamma, block.outputBeta, y, y, nullptr);
}

}  // namespace

void decodeBlock(const Block& block, const float* x, float* y, const CacheStorage& cache, const CacheRows& rows,
                 int64_t seen) {
  if (block.weights[0]->type() == Type::bf16) decode<bf16>(block, x, y, cache, rows, seen);
  else decode<float>(block, x, y, cache, rows, seen);
}

void copyCache(Type type, int64_t batch, int64_t seen, const CacheStorage& from, const CacheRows& rows,
               const CacheStorage& to) {
  const int64_t bytes = type == Type::bf16 ? sizeof(bf16) : sizeof(float), token = from.size * bytes;
  forRows(batch * from.heads, 2 * seen * from.size, [&](int64_t task) {
    const int64_t sequence = task / from.heads, head = task % from.heads;
    for (int part = 0; part < 2; part++) {
      char* target = static_cast<char*>(to.data) + to.at(part, sequence, head) * bytes;
      rows.runs(sequence, seen, [&](int64_t row, int64_t first, int64_t end) {
        const char* source = static_cast<const char*>(from.data) + from.at(part, row, head) * bytes;
        std::memcpy(target + first * token, source + first * token, (end - first) * token);
      });
    }
  });
}

}  // namespace dylora
