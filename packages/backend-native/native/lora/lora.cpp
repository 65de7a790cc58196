#include "lora/lora.hpp"

#include <cstring>

#include "common/profile.hpp"
#include "common/threads.hpp"
#include "memory/workspace.hpp"
#include "products/gemm.hpp"
#include "products/matrix.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

int64_t PairSet::rank() const {
  int64_t sum = 0;
  for (const Pair& pair : pairs) sum += pair.rank;
  return sum;
}

namespace {

bool anyDropout(const PairSet& set) {
  for (const Pair& pair : set.pairs) {
    if (pair.dropout.on) return true;
  }
  return false;
}

/** float32 numbers in the type of the activations. */
const float* converted(int64_t, const float* x, float*) { return x; }
const bf16* converted(int64_t n, const float* x, bf16* y) {
  const int64_t part = 4096;
  forRows((n + part - 1) / part, part, [&](int64_t index) {
    const int64_t from = index * part;
    rowKernels<bf16>().fromFloat(n - from < part ? n - from : part, x + from, y + from);
  });
  return y;
}

/** u ∘ gate on the columns of each pair. */
void applyGates(const PairSet& set, float* u) {
  const int64_t total = set.rank();
  forRows(set.rows, total, [&](int64_t row) {
    float* at = u + row * total;
    for (const Pair& pair : set.pairs) {
      const float* gate = pair.gate == nullptr ? nullptr : pair.gate + row / set.length * pair.gateStride;
      for (int64_t r = 0; r < pair.rank; r++) at[r] *= gate == nullptr ? pair.factor : gate[r];
      at += pair.rank;
    }
  });
}

/** x ∘ mask of a pair, or x where nothing is dropped. */
template <class T>
const T* droppedInput(const PairSet& set, const Pair& pair, const T* x) {
  if (!pair.dropout.on) return x;
  T* target = workspace().take<T>(Slot::dropped, set.rows * set.inFeatures);
  forRows(set.rows, set.inFeatures, [&](int64_t row) {
    const RowDropout drop{tokenKey(pair.dropout, row, set.length), pair.dropout.limit, pair.dropout.keep};
    rowKernels<T>().drop(set.inFeatures, x + row * set.inFeatures, target + row * set.inFeatures, drop);
  });
  return target;
}

/** All A `[rank, in]` below each other. */
const float* joinedA(const PairSet& set) {
  if (set.pairs.size() == 1) return set.pairs[0].A;
  float* joined = workspace().take(Slot::factors, set.rank() * set.inFeatures);
  float* at = joined;
  for (const Pair& pair : set.pairs) {
    std::memcpy(at, pair.A, pair.rank * set.inFeatures * sizeof(float));
    at += pair.rank * set.inFeatures;
  }
  return joined;
}

}  // namespace

template <class T, class Y>
void applyPairs(const PairSet& set, const T* x, float* u, Y* y, int64_t yStride) {
  const int64_t rows = set.rows, in = set.inFeatures, total = set.rank();
  const float* A = joinedA(set);
  const T* Atyped = converted(total * in, A, workspace().take<T>(Slot::converted, total * in));
  if (!anyDropout(set)) {
    multiply(rows, total, in, matrix(x, in), matrix(Atyped, 1, in), matrix(u, total));
  } else {
    int64_t at = 0;
    for (const Pair& pair : set.pairs) {
      const T* input = droppedInput(set, pair, x);
      multiply(rows, pair.rank, in, matrix(input, in), matrix(Atyped + at * in, 1, in), matrix(u + at, total));
      at += pair.rank;
    }
  }
  applyGates(set, u);
  forRows(rows, total * 64, [&](int64_t row) {
    const float* at = u + row * total;
    for (const Pair& pair : set.pairs) {
      rowKernels<Y>().expand(pair.outFeatures, pair.rank, at, pair.Bt, pair.outFeatures, y + row * yStride + pair.column);
      at += pair.rank;
    }
  });
}

template <class T, class X>
void pairGradients(const PairSet& set, const T* dy, int64_t dyStride, const T* x, const float* u, X* dx) {
  const int64_t rows = set.rows, in = set.inFeatures, total = set.rank();
  float* du = workspace().take(Slot::bottleneckGradient, rows * total);
  const T* uTyped = converted(rows * total, u, workspace().take<T>(Slot::bottleneckConverted, rows * total));
  int64_t at = 0;
  for (const Pair& pair : set.pairs) {
    const int64_t out = pair.outFeatures;
    const T* slice = dy + pair.column;
    const T* Bt = converted(pair.rank * out, pair.Bt, workspace().take<T>(Slot::converted, pair.rank * out));
    multiply(rows, pair.rank, out, matrix(slice, dyStride), matrix(Bt, 1, out), matrix(du + at, total));
    multiply(pair.rank, out, rows, matrix(uTyped + at, 1, total), matrix(slice, dyStride), matrix(pair.dBt, out));
    at += pair.rank;
  }
  applyGates(set, du);
  const T* duTyped = converted(rows * total, du, workspace().take<T>(Slot::bottleneckConverted, rows * total));
  const bool dropout = anyDropout(set);
  if (!dropout && set.pairs.size() > 1) {
    float* dA = workspace().take(Slot::factorGradients, total * in);
    multiply(total, in, rows, matrix(duTyped, 1, total), matrix(x, in), matrix(dA, in));
    for (const Pair& pair : set.pairs) {
      std::memcpy(pair.dA, dA, pair.rank * in * sizeof(float));
      dA += pair.rank * in;
    }
  } else {
    at = 0;
    for (const Pair& pair : set.pairs) {
      const T* input = droppedInput(set, pair, x);
      multiply(pair.rank, in, rows, matrix(duTyped + at, 1, total), matrix(input, in), matrix(pair.dA, in));
      at += pair.rank;
    }
  }
  if (dx == nullptr) return;
  if (!dropout) {
    const float* A = joinedA(set);
    forRows(rows, total * 64, [&](int64_t row) {
      rowKernels<X>().expand(in, total, du + row * total, A, in, dx + row * in);
    });
    return;
  }
  float* dense = workspace().take(Slot::dense, rows * in);
  at = 0;
  for (const Pair& pair : set.pairs) {
    forRows(rows, pair.rank * 64, [&](int64_t row) {
      const float* duRow = du + row * total + at;
      if (!pair.dropout.on) {
        rowKernels<X>().expand(in, pair.rank, duRow, pair.A, in, dx + row * in);
        return;
      }
      float* target = dense + row * in;
      std::memset(target, 0, in * sizeof(float));
      rowKernels<float>().expand(in, pair.rank, duRow, pair.A, in, target);
      const RowDropout drop{tokenKey(pair.dropout, row, set.length), pair.dropout.limit, pair.dropout.keep};
      rowKernels<X>().addDropped(in, target, dx + row * in, drop);
    });
    at += pair.rank;
  }
}

template void applyPairs(const PairSet&, const float*, float*, float*, int64_t);
template void applyPairs(const PairSet&, const bf16*, float*, bf16*, int64_t);
template void applyPairs(const PairSet&, const bf16*, float*, float*, int64_t);
template void pairGradients(const PairSet&, const float*, int64_t, const float*, const float*, float*);
template void pairGradients(const PairSet&, const bf16*, int64_t, const bf16*, const float*, bf16*);
template void pairGradients(const PairSet&, const bf16*, int64_t, const bf16*, const float*, float*);

}  // namespace dylora
