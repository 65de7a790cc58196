// What the two forms of attention share: one head of one example is a task.
#pragma once
#include <cmath>

#include "attention/attention-shape.hpp"
#include "memory/thread-scratch.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

/** Queries worked on at once: their probabilities stay in the second-level cache. */
const int64_t blockRows = 128;

/** One head of one example. */
struct AttentionTask {
  const AttentionShape& shape;
  int64_t example, head;
  float scale;
  const float* mask;
  uint32_t headKey;

  AttentionTask(const AttentionShape& given, int64_t index)
      : shape(given), example(index / given.heads), head(index % given.heads) {
    scale = 1.0f / std::sqrt(static_cast<float>(shape.size));
    mask = shape.mask == nullptr ? nullptr : shape.mask + example * shape.length;
    const Dropout& dropout = shape.dropout;
    headKey = foldKey(foldKey(dropout.key, dropout.firstExample + static_cast<uint32_t>(example)),
                      static_cast<uint32_t>(head));
  }

  RowDropout dropOf(int64_t query) const {
    return {foldKey(headKey, static_cast<uint32_t>(query)), shape.dropout.limit, shape.dropout.keep};
  }

  /** Keys that a query sees before masking. */
  int64_t seen(int64_t query) const { return shape.causal ? query + 1 : shape.length; }
};

}  // namespace dylora
