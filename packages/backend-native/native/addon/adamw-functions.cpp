// The optimiser's function that JavaScript sees.
#include "addon/functions.hpp"
#include "training/adamw.hpp"

namespace dylora {

namespace {

/** Stretches `[start, end]` in ascending order, none overlapping another, each with three factors. */
std::vector<AdamwStretch> stretchesOf(const Value& ranges, const Value& factors, int64_t elements) {
  const int64_t numbers = ranges.integerCount();
  if (numbers % 2 != 0) ranges.refuse("pairs of a start and an end");
  const int32_t* bounds = ranges.integers(numbers);
  const double* given = factors.doubles(product(numbers / 2, 3));
  std::vector<AdamwStretch> stretches(numbers / 2);
  int64_t before = 0;
  for (AdamwStretch& stretch : stretches) {
    stretch = {bounds[0], bounds[1], {given[0], given[1], given[2]}};
    if (stretch.from < before || stretch.to < stretch.from || stretch.to > elements) {
      ranges.refuse("stretches of the arrays in ascending order");
    }
    before = stretch.to;
    bounds += 2;
    given += 3;
  }
  return stretches;
}

/** adamw(values, gradients, firstMoment, secondMoment, ranges, factors, beta1, beta2, epsilon) */
napi_value adamwOf(const Arguments& arguments) {
  const int64_t elements = arguments[0].floatCount();
  const AdamwArrays arrays{arguments[0].floats(elements), arguments[1].floats(elements), arguments[2].floats(elements),
                           arguments[3].floats(elements)};
  const float* starts[] = {arrays.values, arrays.gradients, arrays.firstMoment, arrays.secondMoment};
  for (uint32_t i = 1; i < 4; i++) {
    for (uint32_t j = 0; j < i; j++) {
      const bool apart = starts[i] + elements <= starts[j] || starts[j] + elements <= starts[i];
      if (!apart) arguments[i].refuse("an array that overlaps no other");
    }
  }
  const AdamwConstants constants{arguments[6].number(), arguments[7].number(), arguments[8].number()};
  adamw(arrays, constants, stretchesOf(arguments[4], arguments[5], elements));
  return nullptr;
}

}  // namespace

std::vector<napi_property_descriptor> adamwFunctions() { return {exported<adamwOf, 9>("adamw")}; }

}  // namespace dylora
