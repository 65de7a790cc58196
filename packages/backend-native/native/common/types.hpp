// Number types and the few structures that all units share.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace dylora {

/** The upper half of a float32. */
struct bf16 {
  uint16_t bits;
};

/** A caller's mistake: thrown to JavaScript as a TypeError. */
struct BadArgument : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** Where a dropout mask is drawn, and how much it drops. */
struct Dropout {
  bool on = false;
  uint32_t key = 0;
  uint32_t firstExample = 0;
  /** Random words up to this one drop their element. */
  uint32_t limit = 0;
  /** Factor of what is kept. */
  float keep = 1;
};

inline uint32_t mix32(uint32_t h) {
  h = (h ^ (h >> 16)) * 0x21f0aaadu;
  h = (h ^ (h >> 15)) * 0xd35a2d97u;
  return h ^ (h >> 15);
}

/** A new key from a key and a coordinate; the same numbers as `foldKey` of @dylora/tensor. */
inline uint32_t foldKey(uint32_t key, uint32_t coordinate) { return mix32(mix32(key ^ 0x9e3779b9u) + coordinate); }

/** Key of a token's row of hidden states. */
inline uint32_t tokenKey(const Dropout& dropout, int64_t row, int64_t length) {
  uint32_t example = foldKey(dropout.key, dropout.firstExample + static_cast<uint32_t>(row / length));
  return foldKey(example, static_cast<uint32_t>(row % length));
}

}  // namespace dylora
