#include "attention/attention.hpp"

#include <omp.h>

#include <cmath>
#include <cstring>

#include "attention/attention-task.hpp"
#include "attention/attention-tiles.hpp"
#include "products/gemm.hpp"
#include "products/matrix.hpp"

namespace dylora {

namespace {

/**
 * One head's part of a packed matrix as float32, rows side by side: in place they lie kibibytes apart, in few sets of
 * the caches.
 */
const float* headOf(const float* x, int64_t stride, int64_t rows, int64_t size, float* copy) {
  for (int64_t row = 0; row < rows; row++) std::memcpy(copy + row * size, x + row * stride, size * sizeof(float));
  return copy;
}

const float* headOf(const bf16* x, int64_t stride, int64_t rows, int64_t size, float* copy) {
  for (int64_t row = 0; row < rows; row++) rowKernels<bf16>().toFloat(size, x + row * stride, copy + row * size);
  return copy;
}

/** p `[count, width]` = softmax of the scores of queries from `first` on; 0 for keys after a causal query. */
void probabilities(const AttentionTask& task, const float* q, const float* k, int64_t first, int64_t count, int64_t width,
                   float* p) {
  const int64_t size = task.shape.size;
  smallProduct(false, true, count, width, size, 1, q + first * size, size, k, size, 0, p, width);
  for (int64_t row = 0; row < count; row++) {
    const int64_t columns = task.seen(first + row);
    floatKernels().softmax(columns, p + row * width, task.scale, task.mask);
    if (columns < width) std::memset(p + row * width + columns, 0, (width - columns) * sizeof(float));
  }
}

void storeHead(const float* from, int64_t fromStride, int64_t rows, int64_t size, float* to, int64_t toStride) {
  for (int64_t row = 0; row < rows; row++) std::memcpy(to + row * toStride, from + row * fromStride, size * sizeof(float));
}

void storeHead(const float* from, int64_t fromStride, int64_t rows, int64_t size, bf16* to, int64_t toStride) {
  for (int64_t row = 0; row < rows; row++) {
    rowKernels<bf16>().fromFloat(size, from + row * fromStride, to + row * toStride);
  }
}

}  // namespace

template <class T>
void attention(const AttentionShape& shape, const T* qkv, T* context) {
  if constexpr (typeOf<T>() == Type::bf16) {
    if (attentionOnTiles(shape, qkv, context)) return;
  }
  const int64_t hidden = shape.heads * shape.size, length = shape.length, size = shape.size;
  const int64_t queries = shape.queries;
  const int64_t tasks = shape.batch * shape.heads;
  const Scratch scratch(4 * length * size + blockRows * length);
#pragma omp parallel if (tasks * length * size > 4096)
  {
    float* copies = scratch.ofThread();
    float* out = copies + 3 * length * size;
    float* p = out + length * size;
#pragma omp for schedule(static)
    for (int64_t index = 0; index < tasks; index++) {
      const AttentionTask task(shape, index);
      const T* base = qkv + task.example * length * 3 * hidden + task.head * size;
      const float* q = headOf(base, 3 * hidden, queries, size, copies);
      const float* k = headOf(base + hidden, 3 * hidden, length, size, copies + length * size);
      const float* v = headOf(base + 2 * hidden, 3 * hidden, length, size, copies + 2 * length * size);
      for (int64_t first = 0; first < queries; first += blockRows) {
        const int64_t count = first + blockRows < queries ? blockRows : queries - first;
        const int64_t width = shape.causal ? first + count : length;
        probabilities(task, q, k, first, count, width, p);
        if (shape.dropout.on) {
          for (int64_t row = 0; row < count; row++) {
            floatKernels().dropInPlace(task.seen(first + row), p + row * width, task.dropOf(first + row));
          }
        }
        smallProduct(false, false, count, size, width, 1, p, width, v, size, 0, out + first * size, size);
      }
      T* target = context + task.example * queries * hidden + task.head * size;
      storeHead(out, size, queries, size, target, hidden);
    }
  }
}

template <class T>
void attentionGradient(const AttentionShape& shape, const T* dContext, const T* qkv, T* dQkv) {
  if constexpr (typeOf<T>() == Type::bf16) {
    if (attentionGradientOnTiles(shape, dContext, qkv, dQkv)) return;
  }
  const int64_t hidden = shape.heads * shape.size, length = shape.length, size = shape.size;
  const int64_t queries = shape.queries;
  const int64_t tasks = shape.batch * shape.heads;
  const int64_t plane = length * size;
  const Scratch scratch(7 * plane + 2 * blockRows * length);
#pragma omp parallel if (tasks * length * size > 4096)
  {
    float* copies = scratch.ofThread();
    float* dq = copies + 4 * plane;
    float* dk = dq + plane;
    float* dv = dk + plane;
    float* p = dv + plane;
    float* dp = p + blockRows * length;
#pragma omp for schedule(static)
    for (int64_t index = 0; index < tasks; index++) {
      const AttentionTask task(shape, index);
      const T* base = qkv + task.example * length * 3 * hidden + task.head * size;
      const float* q = headOf(base, 3 * hidden, queries, size, copies);
      const float* k = headOf(base + hidden, 3 * hidden, length, size, copies + plane);
      const float* v = headOf(base + 2 * hidden, 3 * hidden, length, size, copies + 2 * plane);
      const T* dBase = dContext + task.example * queries * hidden + task.head * size;
      const float* dOut = headOf(dBase, hidden, queries, size, copies + 3 * plane);
      std::memset(dk, 0, 2 * plane * sizeof(float));
      std::memset(dq + queries * size, 0, (length - queries) * size * sizeof(float));
      for (int64_t first = 0; first < queries; first += blockRows) {
        const int64_t count = first + blockRows < queries ? blockRows : queries - first;
        const int64_t width = shape.causal ? first + count : length;
        probabilities(task, q, k, first, count, width, p);
        const float* dRows = dOut + first * size;
        smallProduct(false, true, count, width, size, 1, dRows, size, v, size, 0, dp, width);
        for (int64_t row = 0; row < count; row++) {
          const RowDropout drop = task.dropOf(first + row);
          const int64_t columns = task.seen(first + row);
          const RowDropout* place = shape.dropout.on ? &drop : nullptr;
          floatKernels().softmaxGradient(columns, p + row * width, dp + row * width, place, task.scale);
          if (columns < width) std::memset(dp + row * width + columns, 0, (width - columns) * sizeof(float));
        }
        smallProduct(true, false, width, size, count, 1, p, width, dRows, size, 1, dv, size);
        smallProduct(false, false, count, size, width, 1, dp, width, k, size, 0, dq + first * size, size);
        smallProduct(true, false, width, size, count, 1, dp, width, q + first * size, size, 1, dk, size);
      }
      T* target = dQkv + task.example * length * 3 * hidden + task.head * size;
      storeHead(dq, size, length, size, target, 3 * hidden);
      storeHead(dk, size, length, size, target + hidden, 3 * hidden);
      storeHead(dv, size, length, size, target + 2 * hidden, 3 * hidden);
    }
  }
}

template void attention(const AttentionShape&, const float*, float*);
template void attention(const AttentionShape&, const bf16*, bf16*);
template void attentionGradient(const AttentionShape&, const float*, const float*, float*);
template void attentionGradient(const AttentionShape&, const bf16*, const bf16*, bf16*);

}  // namespace dylora
