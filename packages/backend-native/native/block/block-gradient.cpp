#include "block/block-parts.hpp"
#include "common/threads.hpp"
#include "frozen/packed-matrix.hpp"
#include "lora/lora.hpp"
#include "products/matrix.hpp"

namespace dylora {

namespace {

[[maybe_unused]] const char* const partNames[layerCount] = {"qkv backward", "attention output backward",
                                                            "intermediate backward", "output backward"};

/** d ∘ mask in the activations' type; d itself where it is that already and nothing is dropped. */
template <class T>
const T* dropped(const Block& block, const Dropout& dropout, const float* d, T* target) {
  const int64_t rows = block.wantedRows(), n = block.hidden;
  if (!dropout.on) return asActivation(rows, n, d, target);
  forRows(rows, n, [&](int64_t row) {
    const RowDropout drop{tokenKey(dropout, row, block.wanted), dropout.limit, dropout.keep};
    rowKernels<T>().dropFloat(n, d + row * n, target + row * n, drop);
  });
  return target;
}

template <class T>
void normGradients(const Block& block, int64_t rows, const float* dy, const float* gamma, const T* hat,
                   const float* rstd, float* dx, bool add) {
  DYLORA_PART("norms backward");
  const int64_t n = block.hidden;
  forRows(rows, 4 * n, [&](int64_t row) {
    rowKernels<T>().normGradient(n, dy + row * n, gamma, hat + row * n, rstd[row], dx + row * n, add);
  });
}

/** target (+)= dy · Wᵀ + what goes through the layer's pairs, and the pairs' own gradients; null: those alone. */
template <class T, class X, class Input>
void adaptedGradient(const Block& block, Layer layer, const T* dy, const Input& input, const float* bottleneck,
                     X* target, bool add) {
  PackedMatrix& weights = *block.weights[layer];
  const int64_t in = weights.inFeatures(), out = weights.outFeatures();
  if (target != nullptr) {
    DYLORA_PART(partNames[layer]);
    weights.apply(true, block.rowsOf(layer), matrix(dy, out), matrix(target, in), nullptr, add);
  }
  const PairSet& set = block.pairs[layer];
  if (set.pairs.empty()) return;
  DYLORA_PART("pairs backward");
  pairGradients(set, dy, out, input(), bottleneck, target);
}

/** dMiddle (+)= the gradient through both feed-forward layers, from that at their end. */
template <class T>
void feedForwardGradient(const Block& block, const State<T>& state, const T* dEnd, T* again, float* dMiddle) {
  const bool pre = block.preNorm;
  const int64_t rows = block.wantedRows(), hidden = block.hidden;
  const int64_t parts = feedForwardParts(block), width = block.inner / parts;
  T* dInner = workspace().take<T>(Slot::wide, rows * width);
  for (int64_t part = 0; part < parts; part++) {
    const T* slope = state.slope + part * rows * width;
    if (parts == 1) {
      adaptedGradient(block, outputLayer, dEnd, [&] { return state.active; }, state.bottlenecks[outputLayer], dInner,
                      false);
    } else {
      DYLORA_PART(partNames[outputLayer]);
      block.weights[outputLayer]->part(part).apply(true, rows, matrix(dEnd, hidden), matrix(dInner, width), nullptr,
                                                   false);
    }
    {
      DYLORA_PART("slopes backward");
      forRows(rows, width,
              [&](int64_t row) { rowKernels<T>().multiply(width, dInner + row * width, slope + row * width); });
    }
    if (parts == 1) {
      const T* hat = pre ? state.outputHat : state.attentionHat;
      const float* gamma = pre ? block.outputGamma : block.attentionGamma;
      const float* beta = pre ? block.outputBeta : block.attentionBeta;
      const auto input = [&] { return normAgain(block, rows, hat, gamma, beta, again); };
      adaptedGradient(block, innerLayer, dInner, input, state.bottlenecks[innerLayer], dMiddle, !pre);
    } else {
      DYLORA_PART(partNames[innerLayer]);
      block.weights[innerLayer]->part(part).apply(true, rows, matrix(dInner, width), matrix(dMiddle, hidden), nullptr,
                                                  !pre || part > 0);
    }
  }
}

/** dx = d on the rows of the tokens that were wanted, zeros on the others. */
void spread(const Block& block, const float* d, float* dx) {
  const int64_t n = block.hidden;
  forRows(block.rows(), n, [&](int64_t row) {
    const int64_t example = row / block.length, token = row % block.length;
    if (token >= block.wanted) std::memset(dx + row * n, 0, n * sizeof(float));
    else std::memcpy(dx + row * n, d + (example * block.wanted + token) * n, n * sizeof(float));
  });
}

/** The block's input as activations; made in the buffer where it is not there. */
const float* inputOf(const Block& block, const BlockInput& given, float* made) {
  if (given.hat == nullptr) return given.x;
  return normAgain(block, block.rows(), given.hat, given.gamma, given.beta, made);
}
const bf16* inputOf(const Block& block, const BlockInput& given, bf16* made) {
  return asActivation(block.rows(), block.hidden, given.x, made);
}

template <class T>
void gradient(const Block& block, const float* dy, const BlockInput& given, const void* base, float* dx) {
  const bool pre = block.preNorm;
  const State<T> state(block, const_cast<void*>(base));
  const int64_t rows = block.rows(), wanted = block.wantedRows(), hidden = block.hidden;
  Workspace& work = workspace();
  T* typed = work.take<T>(Slot::hiddenA, wanted * hidden);
  T* again = work.take<T>(Slot::hiddenB, wanted * hidden);
  float* branch = pre ? work.take(Slot::hiddenC, rows * hidden) : nullptr;
  const bool inPlace = dx != nullptr && wanted == rows;
  float* d = inPlace ? dx : work.take(Slot::wanted, wanted * hidden);

  // The feed-forward half. `d` is the gradient at the end of its residual sum, then at its start.
  if (pre) {
    forRows(wanted, hidden, [&](int64_t row) {
      std::memcpy(d + row * hidden, dy + row * hidden, hidden * sizeof(float));
    });
  } else {
    normGradients(block, wanted, dy, block.outputGamma, state.outputHat, state.outputRstd, d, false);
  }
  feedForwardGradient(block, state, dropped(block, block.outputDropout, d, typed), again, pre ? branch : d);
  if (pre) normGradients(block, wanted, branch, block.outputGamma, state.outputHat, state.outputRstd, d, true);
  else normGradients(block, wanted, d, block.attentionGamma, state.attentionHat, state.attentionRstd, d, false);

  // The attention half, the same way.
  const T* dSum = dropped(block, block.contextDropout, d, typed);
  T* dContext = work.take<T>(Slot::hiddenB, wanted * hidden);
  adaptedGradient(block, contextLayer, dSum, [&] { return state.context; }, state.bottlenecks[contextLayer], dContext,
                  false);
  T* dQkv = work.take<T>(Slot::wide, rows * 3 * hidden);
  {
    DYLORA_PART("attention backward");
    attentionGradient(block.attention, dContext, state.qkv, dQkv);
  }
  const auto input = [&]() -> const T* {
    if (state.input != nullptr) return state.input;
    T* made = work.take<T>(Slot::hiddenA, rows * hidden);
    if (pre) return normAgain(block, rows, state.attentionHat, block.attentionGamma, block.attentionBeta, made);
    return inputOf(block, given, made);
  };
  if (dx != nullptr && !inPlace) spread(block, d, dx);
  float* dInput = dx == nullptr ? nullptr : pre ? branch : dx;
  adaptedGradient(block, qkvLayer, dQkv, input, state.bottlenecks[qkvLayer], dInput, !pre);
  if (pre && dx != nullptr) {
    normGradients(block, rows, branch, block.attentionGamma, state.attentionHat, state.attentionRstd, dx, true);
  }
}

}  // namespace

void blockGradient(const Block& block, const float* dy, const BlockInput& input, const float* state, float* dx) {
  DYLORA_PART("whole backward");
  if (isBf16(block)) gradient<bf16>(block, dy, input, state, dx);
  else gradient<float>(block, dy, input, state, dx);
}

int64_t blockStateFloats(const Block& block) {
  const int64_t bytes = isBf16(block) ? State<bf16>(block, nullptr).bytes : State<float>(block, nullptr).bytes;
  return (bytes + 3) / 4;
}

}  // namespace dylora
