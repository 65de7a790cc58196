// AdamW over flat arrays, bit for bit as the loop in JavaScript that it stands in for.
#pragma once
#include <vector>

#include "common/types.hpp"

namespace dylora {

/** What a stretch shares: its step size, √(1 − β₂ᵗ), and what weight decay leaves of a value. */
struct AdamwFactors {
  double stepSize, rootCorrection, keep;
};

/** Decay rates of the moments, and what is added to the root of the second. */
struct AdamwConstants {
  double beta1, beta2, epsilon;
};

/** Elements `from` to `to` of every array. */
struct AdamwStretch {
  int64_t from, to;
  AdamwFactors factors;
};

/** Arrays of one length; none overlaps another. */
struct AdamwArrays {
  float* values;
  const float* gradients;
  float* firstMoment;
  float* secondMoment;
};

/** Steps every stretch, on all threads. No two stretches overlap. */
void adamw(const AdamwArrays& arrays, const AdamwConstants& constants, const std::vector<AdamwStretch>& stretches);

}  // namespace dylora
