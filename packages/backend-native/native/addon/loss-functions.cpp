// Cross-entropy, of scores and against a whole vocabulary.
#include "addon/functions.hpp"
#include "addon/read.hpp"
#include "training/vocabulary-loss.hpp"

namespace dylora {

namespace {

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

}  // namespace

std::vector<napi_property_descriptor> lossFunctions() {
  return {
      exported<entropyStats, 5>("entropyStats"),
      exported<entropyGradient, 9>("entropyGradient"),
      exported<vocabularyLossOf, 10>("vocabularyLoss"),
  };
}

}  // namespace dylora
