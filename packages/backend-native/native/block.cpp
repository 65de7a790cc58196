#include "block.hpp"

#include <cstring>

#include "profile.hpp"
#include "row-kernels.hpp"
#include "workspace.hpp"

namespace dylora {

namespace {

[[maybe_unused]] const char* const partNames[2][layerCount] = {
    {"qkv forward", "attention output forward", "intermediate forward", "output forward"},
    {"qkv backward", "attention output backward", "intermediate backward", "output backward"},
};

/** What backward reads, laid out one after another; parts that are not needed are null. */
template <class T>
struct State {
  T* input = nullptr;
  T* qkv = nullptr;
  T* context = nullptr;
  T* attentionHat = nullptr;
  T* outputHat = nullptr;
  T* slope = nullptr;
  T* active = nullptr;
  float* attentionRstd = nullptr;
  float* outputRstd = nullptr;
  float* bottlenecks[layerCount] = {};
  int64_t bytes = 0;

  State(const Block& block, void* base) {
    char* start = static_cast<char*>(base);
    const auto place = [&](auto*& part, int64_t count) {
      using Element = std::remove_reference_t<decltype(*part)>;
      if (start != nullptr) part = reinterpret_cast<Element*>(start + bytes);
      bytes += (count * static_cast<int64_t>(sizeof(Element)) + 63) / 64 * 64;
    };
    const int64_t rows = block.rows(), hidden = block.hidden;
    const bool ownCopy = typeOf<T>() == Type::bf16 && !block.preNorm;
    if (ownCopy && !block.pairs[qkvLayer].pairs.empty()) place(input, rows * hidden);
    place(qkv, rows * 3 * hidden);
    if (!block.pairs[contextLayer].pairs.empty()) place(context, rows * hidden);
    place(attentionHat, rows * hidden);
    place(outputHat, rows * hidden);
    place(slope, rows * block.inner);
    if (!block.pairs[outputLayer].pairs.empty()) place(active, rows * block.inner);
    place(attentionRstd, rows);
    place(outputRstd, rows);
    for (int layer = 0; layer < layerCount; layer++) {
      const int64_t rank = block.pairs[layer].rank();
      if (rank > 0) place(bottlenecks[layer], rows * rank);
    }
  }
};

/** A kept buffer, or one of the work space where nothing is kept. */
template <class T>
T* kept(T* place, Slot slot, int64_t count) {
  return place != nullptr ? place : workspace().take<T>(slot, count);
}

/** x in the activations' type: itself, or converted into the buffer. */
const float* asActivation(int64_t, int64_t, const float* x, float*) { return x; }
const bf16* asActivation(int64_t rows, int64_t n, const float* x, bf16* y) {
  DYLORA_PART("conversions");
  forRows(rows, n, [&](int64_t row) { rowKernels<bf16>().fromFloat(n, x + row * n, y + row * n); });
  return y;
}

/** d ∘ mask in the activations' type; d itself where it is that already and nothing is dropped. */
template <class T>
const T* dropped(const Block& block, const Dropout& place, const float* d, T* target) {
  if (!place.on) return asActivation(block.rows(), block.hidden, d, target);
  forRows(block.rows(), block.hidden, [&](int64_t row) {
    const RowDropout drop{tokenKey(place, row, block.length), place.limit, place.keep};
    rowKernels<T>().dropFloat(block.hidden, d + row * block.hidden, target + row * block.hidden, drop);
  });
  return target;
}

/** Where a residual sum and its normalisation go; every pointer may be null but `sum`. */
template <class T>
struct NormTargets {
  float* sum;
  float* y;
  T* active;
  T* hat;
  float* rstd;
};

/** sum = a ∘ mask + residual, and its normalisation. */
template <class T>
void residualNorm(const Block& block, const float* a, const float* residual, const Dropout& place, const float* gamma,
                  const float* beta, const NormTargets<T>& to) {
  DYLORA_PART("sums and norms forward");
  const int64_t n = block.hidden;
  forRows(block.rows(), 4 * n, [&](int64_t row) {
    const int64_t at = row * n;
    const RowDropout drop{tokenKey(place, row, block.length), place.limit, place.keep};
    const float rstd = rowKernels<T>().norm(
        n, a + at, residual == nullptr ? nullptr : residual + at, place.on ? &drop : nullptr, gamma, beta,
        block.epsilon, to.sum + at, to.y == nullptr ? nullptr : to.y + at, to.active == nullptr ? nullptr : to.active + at,
        to.hat == nullptr ? nullptr : to.hat + at);
    if (to.rstd != nullptr) to.rstd[row] = rstd;
  });
}

template <class T>
void normGradients(const Block& block, const float* dy, const float* gamma, const T* hat, const float* rstd, float* dx,
                   bool add) {
  DYLORA_PART("norms backward");
  const int64_t n = block.hidden;
  forRows(block.rows(), 4 * n, [&](int64_t row) {
    rowKernels<T>().normGradient(n, dy + row * n, gamma, hat + row * n, rstd[row], dx + row * n, add);
  });
}

template <class T>
const T* normAgain(const Block& block, const T* hat, const float* gamma, const float* beta, T* target) {
  const int64_t n = block.hidden;
  forRows(block.rows(), n,
          [&](int64_t row) { rowKernels<T>().normAgain(n, hat + row * n, gamma, beta, target + row * n); });
  return target;
}

/** Parts that the feed-forward half is taken in, each from its slice of the inner features to its share of the output. */
int64_t feedForwardParts(const Block& block) {
  const bool plain = block.pairs[innerLayer].pairs.empty() && block.pairs[outputLayer].pairs.empty();
  const PackedMatrix &in = *block.weights[innerLayer], &out = *block.weights[outputLayer];
  const bool even = in.side() == out.side() && in.parts() * in.side() == block.inner;
  return plain && even ? in.parts() : 1;
}

/** target = x · W + bias + the deltas of the layer's pairs. */
template <class T, class Y>
void adapted(const Block& block, Layer layer, const T* x, Y* target, float* bottleneck) {
  PackedMatrix& weights = *block.weights[layer];
  const int64_t rows = block.rows(), in = weights.inFeatures(), out = weights.outFeatures();
  {
    DYLORA_PART(partNames[0][layer]);
    weights.apply(false, rows, matrix(x, in), matrix(target, out), block.bias[layer], false);
  }
  const PairSet& set = block.pairs[layer];
  if (set.pairs.empty()) return;
  DYLORA_PART("pairs forward");
  applyPairs(set, x, kept(bottleneck, Slot::bottleneck, rows * set.rank()), target, out);
}

template <class T>
void forward(const Block& block, const float* x, float* y, void* base) {
  const bool record = base != nullptr, pre = block.preNorm;
  const State<T> state = record ? State<T>(block, base) : State<T>(block, nullptr);
  const int64_t rows = block.rows(), hidden = block.hidden, inner = block.inner;
  Workspace& work = workspace();

  const T* input;
  if (pre) {
    T* normed = work.take<T>(Slot::hiddenA, rows * hidden);
    residualNorm<T>(block, x, nullptr, {}, block.attentionGamma, block.attentionBeta,
                    {const_cast<float*>(x), nullptr, normed, state.attentionHat, state.attentionRstd});
    input = normed;
  } else {
    input = asActivation(rows, hidden, x, kept(state.input, Slot::hiddenA, rows * hidden));
  }
  T* qkv = kept(state.qkv, Slot::packed, rows * 3 * hidden);
  adapted(block, qkvLayer, input, qkv, state.bottlenecks[qkvLayer]);
  T* context = kept(state.context, Slot::hiddenB, rows * hidden);
  {
    DYLORA_PART("attention forward");
    attention(block.attention, qkv, context);
  }

  float* sum = work.take(Slot::hiddenC, rows * hidden);
  adapted(block, contextLayer, context, sum, state.bottlenecks[contextLayer]);
  T* normed = work.take<T>(Slot::hiddenA, rows * hidden);
  float* middle = sum;
  if (pre) {
    residualNorm<T>(block, sum, x, block.contextDropout, block.outputGamma, block.outputBeta,
                    {sum, nullptr, normed, state.outputHat, state.outputRstd});
  } else {
    middle = work.take(Slot::hiddenD, rows * hidden);
    residualNorm<T>(block, sum, x, block.contextDropout, block.attentionGamma, block.attentionBeta,
                    {sum, middle, normed, state.attentionHat, state.attentionRstd});
  }

  float* end = work.take(Slot::hiddenE, rows * hidden);
  const int64_t parts = feedForwardParts(block), width = inner / parts;
  T* before = work.take<T>(Slot::innerA, rows * width);
  T* slope = state.slope;
  T* active = record ? kept(state.active, Slot::innerB, rows * width) : before;
  for (int64_t part = 0; part < parts; part++) {
    if (parts == 1) {
      adapted(block, innerLayer, normed, before, state.bottlenecks[innerLayer]);
    } else {
      DYLORA_PART(partNames[0][innerLayer]);
      const float* bias = block.bias[innerLayer];
      block.weights[innerLayer]->part(part).apply(false, rows, matrix(normed, hidden), matrix(before, width),
                                                  bias == nullptr ? nullptr : bias + part * width, false);
    }
    {
      DYLORA_PART("gelu forward");
      forRows(rows, width, [&](int64_t row) {
        T *from = before + row * width, *to = active + row * width;
        if (record) rowKernels<T>().geluWithSlope(block.tanhForm, width, from, to, slope + row * width);
        else rowKernels<T>().gelu(block.tanhForm, width, from, to);
      });
    }
    if (parts == 1) {
      adapted(block, outputLayer, active, end, state.bottlenecks[outputLayer]);
    } else {
      DYLORA_PART(partNames[0][outputLayer]);
      block.weights[outputLayer]->part(part).apply(false, rows, matrix(active, width), matrix(end, hidden),
                                                   part == 0 ? block.bias[outputLayer] : nullptr, part > 0);
    }
    if (record) slope += rows * width;
  }

  if (pre) {
    residualNorm<T>(block, end, middle, block.outputDropout, nullptr, nullptr, {y, nullptr, nullptr, nullptr, nullptr});
  } else {
    residualNorm<T>(block, end, middle, block.outputDropout, block.outputGamma, block.outputBeta,
                    {end, y, nullptr, state.outputHat, state.outputRstd});
  }
}

/** target (+)= dy · Wᵀ + what goes through the layer's pairs, and the pairs' own gradients. */
template <class T, class X, class Input>
void adaptedGradient(const Block& block, Layer layer, const T* dy, const Input& input, const float* bottleneck,
                     X* target, bool add) {
  PackedMatrix& weights = *block.weights[layer];
  const int64_t in = weights.inFeatures(), out = weights.outFeatures();
  {
    DYLORA_PART(partNames[1][layer]);
    weights.apply(true, block.rows(), matrix(dy, out), matrix(target, in), nullptr, add);
  }
  const PairSet& set = block.pairs[layer];
  if (set.pairs.empty()) return;
  DYLORA_PART("pairs backward");
  pairGradients(set, dy, out, input(), bottleneck, target);
}

template <class T>
void gradient(const Block& block, const float* dy, const float* x, const void* base, float* d) {
  const bool pre = block.preNorm;
  const State<T> state(block, const_cast<void*>(base));
  const int64_t rows = block.rows(), hidden = block.hidden, inner = block.inner;
  Workspace& work = workspace();
  T* typed = work.take<T>(Slot::hiddenA, rows * hidden);
  T* again = work.take<T>(Slot::hiddenB, rows * hidden);
  float* branch = pre ? work.take(Slot::hiddenC, rows * hidden) : nullptr;

  // The feed-forward half. `d` is the gradient at the end of its residual sum, then at its start.
  if (pre) {
    forRows(rows, hidden, [&](int64_t row) {
      std::memcpy(d + row * hidden, dy + row * hidden, hidden * sizeof(float));
    });
  } else {
    normGradients(block, dy, block.outputGamma, state.outputHat, state.outputRstd, d, false);
  }
  const T* dEnd = dropped(block, block.outputDropout, d, typed);
  const T* middleHat = pre ? state.outputHat : state.attentionHat;
  const float* middleRstd = pre ? state.outputRstd : state.attentionRstd;
  const float* middleGamma = pre ? block.outputGamma : block.attentionGamma;
  const float* middleBeta = pre ? block.outputBeta : block.attentionBeta;
  float* dMiddle = pre ? branch : d;
  const int64_t parts = feedForwardParts(block), width = inner / parts;
  T* dInner = work.take<T>(Slot::innerA, rows * width);
  for (int64_t part = 0; part < parts; part++) {
    const T* slope = state.slope + part * rows * width;
    if (block.pairs[outputLayer].pairs.empty()) {
      DYLORA_PART(partNames[1][outputLayer]);
      PackedMatrix& weights = *block.weights[outputLayer];
      (parts == 1 ? weights : weights.part(part))
          .apply(true, rows, matrix(dEnd, hidden), matrix(dInner, width), nullptr, false);
      DYLORA_PART("slopes backward");
      forRows(rows, width, [&](int64_t row) { rowKernels<T>().multiply(width, dInner + row * width, slope + row * width); });
    } else {
      adaptedGradient(block, outputLayer, dEnd, [&] { return state.active; }, state.bottlenecks[outputLayer], dInner,
                      false);
      forRows(rows, inner, [&](int64_t row) { rowKernels<T>().multiply(inner, dInner + row * inner, slope + row * inner); });
    }
    if (parts == 1) {
      const auto input = [&] { return normAgain(block, middleHat, middleGamma, middleBeta, again); };
      adaptedGradient(block, innerLayer, dInner, input, state.bottlenecks[innerLayer], dMiddle, !pre);
    } else {
      DYLORA_PART(partNames[1][innerLayer]);
      block.weights[innerLayer]->part(part).apply(true, rows, matrix(dInner, width), matrix(dMiddle, hidden), nullptr,
                                                  !pre || part > 0);
    }
  }
  normGradients(block, pre ? branch : d, middleGamma, middleHat, middleRstd, d, pre);

  // The attention half, the same way.
  const T* dSum = dropped(block, block.contextDropout, d, typed);
  T* dContext = work.take<T>(Slot::hiddenD, rows * hidden);
  adaptedGradient(block, contextLayer, dSum, [&] { return state.context; }, state.bottlenecks[contextLayer], dContext,
                  false);
  T* dQkv = work.take<T>(Slot::packedGradient, rows * 3 * hidden);
  {
    DYLORA_PART("attention backward");
    attentionGradient(block.attention, dContext, state.qkv, dQkv);
  }
  const auto input = [&]() -> const T* {
    if (pre) return normAgain(block, state.attentionHat, block.attentionGamma, block.attentionBeta, again);
    if (state.input != nullptr) return state.input;
    return asActivation(rows, hidden, x, again);
  };
  adaptedGradient(block, qkvLayer, dQkv, input, state.bottlenecks[qkvLayer], pre ? branch : d, !pre);
  if (pre) normGradients(block, branch, block.attentionGamma, state.attentionHat, state.attentionRstd, d, true);
}

bool isBf16(const Block& block) { return block.weights[0]->type() == Type::bf16; }

}  // namespace

int64_t blockStateFloats(const Block& block) {
  const int64_t bytes = isBf16(block) ? State<bf16>(block, nullptr).bytes : State<float>(block, nullptr).bytes;
  return (bytes + 3) / 4;
}

void blockForward(const Block& block, const float* x, float* y, float* state) {
  DYLORA_PART("whole forward");
  if (isBf16(block)) forward<bf16>(block, x, y, state);
  else forward<float>(block, x, y, state);
}

void blockGradient(const Block& block, const float* dy, const float* x, const float* state, float* dx) {
  DYLORA_PART("whole backward");
  if (isBf16(block)) gradient<bf16>(block, dy, x, state, dx);
  else gradient<float>(block, dy, x, state, dx);
}

}  // namespace dylora
