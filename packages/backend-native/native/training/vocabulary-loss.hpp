// Cross-entropy of scores against a frozen vocabulary, of which only a few rows are held at a time.
#pragma once
#include "frozen/packed-matrix.hpp"

namespace dylora {

/** What rows of scores are compared with. */
struct EntropyTarget {
  /** A class of each row. */
  const int32_t* labels;
  /** 0 for rows that do not count. */
  const float* counts;
  /** Weight of the uniform distribution in the target. */
  float smoothing;
  /** Factor of the gradient. */
  float scale;
};

/** Greatest score, Σ e^(score − greatest), Σ score of each row; zeros for rows that do not count. */
const int64_t entropyStatistics = 3;
void entropyStatsOf(int64_t rows, int64_t classes, const float* scores, const float* counts, float* stats);
/** Gradient to the scores, which may be written over. */
void entropyGradientOf(int64_t rows, int64_t classes, const float* scores, const float* stats,
                       const EntropyTarget& target, float* d);

/**
 * Sum of the losses of x `[rows, in]` · W + bias? over the rows that count, the statistics of every row, and the gradient
 * to x. All scores of a batch would take more memory than the rest of a training step.
 */
double vocabularyLoss(PackedMatrix& packed, int64_t rows, const float* x, const float* bias,
                      const EntropyTarget& target, float* stats, float* dx);

}  // namespace dylora
