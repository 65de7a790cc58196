// Whole transformer blocks.
#include "addon/functions.hpp"
#include "addon/read.hpp"
#include "block/block.hpp"

namespace dylora {

namespace {

/** blockStateFloats(block) */
napi_value blockStateFloatsOf(const Arguments& arguments) {
  return number(arguments.env, static_cast<double>(blockStateFloats(blockOf(arguments[0], false))));
}

/** blockForward(block, x, y, state?) */
napi_value blockForwardOf(const Arguments& arguments) {
  const Block block = blockOf(arguments[0], false);
  const float* x = arguments[1].floats(block.rows() * block.hidden);
  float* y = arguments[2].floats(block.wantedRows() * block.hidden);
  blockForward(block, x, y, arguments[3].floatsOrNull(blockStateFloats(block)));
  return nullptr;
}

/** Reads an input: a Float32Array, or `{hat, gamma, beta}`. */
BlockInput blockInputOf(const Value& value, const Block& block) {
  const int64_t size = block.rows() * block.hidden;
  bool isArray = false;
  check(napi_is_typedarray(value.env(), value.raw(), &isArray));
  BlockInput input;
  if (isArray) {
    input.x = value.floats(size);
  } else {
    input.hat = value["hat"].floats(size);
    input.gamma = value["gamma"].floats(block.hidden);
    input.beta = value["beta"].floats(block.hidden);
  }
  return input;
}

/**
 * blockGradient(block, dy, input?, state, dx?); the input is read where queries, keys or values of a post-norm block are
 * adapted, dx not written where it is null
 */
napi_value blockGradientOf(const Arguments& arguments) {
  const Block block = blockOf(arguments[0], true);
  const int64_t size = block.rows() * block.hidden;
  const float* dy = arguments[1].floats(block.wantedRows() * block.hidden);
  const bool readsX = !block.preNorm && block.weights[0]->type() == Type::f32 && !block.pairs[qkvLayer].pairs.empty();
  const BlockInput input = readsX ? blockInputOf(arguments[2], block) : BlockInput();
  const float* state = arguments[3].floats(blockStateFloats(block));
  blockGradient(block, dy, input, state, arguments[4].floatsOrNull(size));
  return nullptr;
}

}  // namespace

std::vector<napi_property_descriptor> blockFunctions() {
  return {
      exported<blockStateFloatsOf, 1>("blockStateFloats"),
      exported<blockForwardOf, 4>("blockForward"),
      exported<blockGradientOf, 5>("blockGradient"),
  };
}

}  // namespace dylora
