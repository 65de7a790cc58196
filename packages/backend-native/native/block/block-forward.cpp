#include "block/block-parts.hpp"
#include "common/threads.hpp"
#include "frozen/packed-matrix.hpp"
#include "lora/lora.hpp"
#include "products/matrix.hpp"

namespace dylora {

namespace {

[[maybe_unused]] const char* const partNames[layerCount] = {"qkv forward", "attention output forward",
                                                            "intermediate forward", "output forward"};

/** A buffer that is saved, or one of the work space where nothing is saved. */
template <class T>
T* savedOrScratch(T* place, Slot slot, int64_t count) {
  return place != nullptr ? place : workspace().take<T>(slot, count);
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
void residualNorm(const Block& block, int64_t rows, const float* a, const float* residual, const Dropout& dropout,
                  const float* gamma, const float* beta, const NormTargets<T>& to) {
  DYLORA_PART("sums and norms forward");
  const int64_t n = block.hidden;
  forRows(rows, 4 * n, [&](int64_t row) {
    const int64_t at = row * n;
    const RowDropout drop{tokenKey(dropout, row, block.wanted), dropout.limit, dropout.keep};
    const float rstd = rowKernels<T>().norm(
        n, a + at, residual == nullptr ? nullptr : residual + at, dropout.on ? &drop : nullptr, gamma, beta,
        block.epsilon, to.sum + at, to.y == nullptr ? nullptr : to.y + at, to.active == nullptr ? nullptr : to.active + at,
        to.hat == nullptr ? nullptr : to.hat + at);
    if (to.rstd != nullptr) to.rstd[row] = rstd;
  });
}

/** The rows of x whose results are wanted: x itself where all are. */
const float* wantedOf(const Block& block, const float* x) {
  if (block.wanted == block.length) return x;
  const int64_t n = block.hidden;
  float* chosen = workspace().take(Slot::wanted, block.wantedRows() * n);
  forRows(block.wantedRows(), n, [&](int64_t row) {
    std::memcpy(chosen + row * n, x + rowAmongAll(block, row) * n, n * sizeof(float));
  });
  return chosen;
}

/** target = x · W + bias + the deltas of the layer's pairs. */
template <class T, class Y>
void adapted(const Block& block, Layer layer, const T* x, Y* target, float* bottleneck) {
  PackedMatrix& weights = *block.weights[layer];
  const int64_t rows = block.rowsOf(layer), in = weights.inFeatures(), out = weights.outFeatures();
  {
    DYLORA_PART(partNames[layer]);
    weights.apply(false, rows, matrix(x, in), matrix(target, out), block.bias[layer], false);
  }
  const PairSet& set = block.pairs[layer];
  if (set.pairs.empty()) return;
  DYLORA_PART("pairs forward");
  applyPairs(set, x, savedOrScratch(bottleneck, Slot::bottleneck, rows * set.rank()), target, out);
}

/** end = the feed-forward half of the normalised rows, without its residual. */
template <class T>
void feedForward(const Block& block, const State<T>& state, bool record, const T* normed, float* end) {
  const int64_t rows = block.wantedRows(), hidden = block.hidden;
  const int64_t parts = feedForwardParts(block), width = block.inner / parts;
  // The activation replaces what it is made of.
  T* active = savedOrScratch(state.active, Slot::wide, rows * width);
  T* slope = state.slope;
  for (int64_t part = 0; part < parts; part++) {
    if (parts == 1) {
      adapted(block, innerLayer, normed, active, state.bottlenecks[innerLayer]);
    } else {
      DYLORA_PART(partNames[innerLayer]);
      const float* bias = block.bias[innerLayer];
      block.weights[innerLayer]->part(part).apply(false, rows, matrix(normed, hidden), matrix(active, width),
                                                  bias == nullptr ? nullptr : bias + part * width, false);
    }
    {
      DYLORA_PART("gelu forward");
      forRows(rows, width, [&](int64_t row) {
        T* at = active + row * width;
        if (record) rowKernels<T>().geluWithSlope(block.tanhForm, width, at, at, slope + row * width);
        else rowKernels<T>().gelu(block.tanhForm, width, at, at);
      });
    }
    if (parts == 1) {
      adapted(block, outputLayer, active, end, state.bottlenecks[outputLayer]);
    } else {
      DYLORA_PART(partNames[outputLayer]);
      block.weights[outputLayer]->part(part).apply(false, rows, matrix(active, width), matrix(end, hidden),
                                                   part == 0 ? block.bias[outputLayer] : nullptr, part > 0);
    }
    if (record) slope += rows * width;
  }
}

/** Rows as activations: themselves in float32, else their conversion. */
const float* activationOr(const float* rows, const float*) { return rows; }
const bf16* activationOr(const float*, const bf16* converted) { return converted; }

template <class T>
void forward(const Block& block, const float* x, float* y, void* base) {
  const bool record = base != nullptr, pre = block.preNorm;
  const State<T> state(block, base);
  const int64_t rows = block.rows(), wanted = block.wantedRows(), hidden = block.hidden;
  Workspace& work = workspace();

  const T* input;
  if (pre) {
    T* normed = work.take<T>(Slot::hiddenA, rows * hidden);
    residualNorm<T>(block, rows, x, nullptr, {}, block.attentionGamma, block.attentionBeta,
                    {const_cast<float*>(x), nullptr, normed, state.attentionHat, state.attentionRstd});
    input = normed;
  } else {
    input = asActivation(rows, hidden, x, savedOrScratch(state.input, Slot::hiddenA, rows * hidden));
  }
  T* qkv = savedOrScratch(state.qkv, Slot::wide, rows * 3 * hidden);
  adapted(block, qkvLayer, input, qkv, state.bottlenecks[qkvLayer]);
  T* context = savedOrScratch(state.context, Slot::hiddenA, wanted * hidden);
  {
    DYLORA_PART("attention forward");
    attention(block.attention, qkv, context);
  }

  // From here on rows are those of the tokens that are wanted. Until it holds the result, y serves as a buffer.
  const float* shortcut = wantedOf(block, x);
  float* sum = pre ? work.take(Slot::hiddenC, wanted * hidden) : y;
  adapted(block, contextLayer, context, sum, state.bottlenecks[contextLayer]);
  if (pre) {
    T* normed = work.take<T>(Slot::hiddenA, wanted * hidden);
    residualNorm<T>(block, wanted, sum, shortcut, block.contextDropout, block.outputGamma, block.outputBeta,
                    {sum, nullptr, normed, state.outputHat, state.outputRstd});
    feedForward(block, state, record, normed, y);
    residualNorm<T>(block, wanted, y, sum, block.outputDropout, nullptr, nullptr,
                    {y, nullptr, nullptr, nullptr, nullptr});
  } else {
    float* middle = work.take(Slot::hiddenB, wanted * hidden);
    T* converted = isBf16(block) ? work.take<T>(Slot::hiddenA, wanted * hidden) : nullptr;
    residualNorm<T>(block, wanted, sum, shortcut, block.contextDropout, block.attentionGamma, block.attentionBeta,
                    {sum, middle, converted, state.attentionHat, state.attentionRstd});
    feedForward(block, state, record, activationOr(middle, converted), y);
    residualNorm<T>(block, wanted, y, middle, block.outputDropout, block.outputGamma, block.outputBeta,
                    {y, y, nullptr, state.outputHat, state.outputRstd});
  }
}

}  // namespace

void blockForward(const Block& block, const float* x, float* y, float* state) {
  DYLORA_PART("whole forward");
  if (isBf16(block)) forward<bf16>(block, x, y, state);
  else forward<float>(block, x, y, state);
}

}  // namespace dylora
