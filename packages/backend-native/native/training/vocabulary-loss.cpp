#include "training/vocabulary-loss.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/profile.hpp"
#include "common/threads.hpp"
#include "frozen/frozen-apply.hpp"
#include "memory/workspace.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {
/** Rows whose scores are held: enough that reading the vocabulary's matrix for them costs little beside the product. */
const int64_t rowsAtOnce = 512;
}  // namespace

void entropyStatsOf(int64_t rows, int64_t classes, const float* scores, const float* counts, float* stats) {
  forRows(rows, classes, [&](int64_t row) {
    float* own = stats + entropyStatistics * row;
    if (counts[row] != 0) floatKernels().entropyStats(classes, scores + row * classes, own);
    else std::memset(own, 0, entropyStatistics * sizeof(float));
  });
}

void entropyGradientOf(int64_t rows, int64_t classes, const float* scores, const float* stats,
                       const EntropyTarget& target, float* d) {
  forRows(rows, classes, [&](int64_t row) {
    float* to = d + row * classes;
    if (target.counts[row] == 0) {
      std::memset(to, 0, classes * sizeof(float));
      return;
    }
    floatKernels().entropyGradient(classes, scores + row * classes, stats + entropyStatistics * row, target.smoothing,
                                   target.scale, to);
    to[target.labels[row]] -= (1 - target.smoothing) * target.scale;
  });
}

double vocabularyLoss(PackedMatrix& packed, int64_t rows, const float* x, const float* bias,
                      const EntropyTarget& target, float* stats, float* dx) {
  const int64_t in = packed.inFeatures(), classes = packed.outFeatures(), most = std::min(rows, rowsAtOnce);
  float* scores = workspace().take(Slot::scores, most * classes);
  double sum = 0;
  for (int64_t first = 0; first < rows; first += most) {
    const int64_t count = std::min(most, rows - first);
    const EntropyTarget part{target.labels + first, target.counts + first, target.smoothing, target.scale};
    float* ofPart = stats + entropyStatistics * first;
    {
      DYLORA_PART("vocabulary forward");
      applyForward(packed, count, x + first * in, bias, scores);
    }
    {
      DYLORA_PART("cross-entropy");
      entropyStatsOf(count, classes, scores, part.counts, ofPart);
      for (int64_t row = 0; row < count; row++) {
        if (part.counts[row] == 0) continue;
        const float* own = ofPart + entropyStatistics * row;
        const double label = scores[row * classes + part.labels[row]];
        const double wanted = (1.0 - part.smoothing) * label + double(part.smoothing) * own[2] / double(classes);
        sum += own[0] + std::log(double(own[1])) - wanted;
      }
      entropyGradientOf(count, classes, scores, ofPart, part, scores);
    }
    DYLORA_PART("vocabulary backward");
    applyBackward(packed, count, scores, nullptr, dx + first * in);
  }
  return sum;
}

}  // namespace dylora
