// A block that continues texts: its new tokens attend to the keys and values of those before them.
#pragma once
#include "block/block.hpp"
#include "products/matrix.hpp"

namespace dylora {

/** Keys and values of a block: `[2, rows, heads, capacity, size]`, of the type of the activations. */
struct CacheStorage {
  void* data;
  int64_t rows, capacity, heads, size;

  int64_t elements() const { return 2 * rows * heads * capacity * size; }
  /** Elements before those of a head of a row. @param part 0: keys, 1: values */
  int64_t at(int part, int64_t row, int64_t head) const { return ((part * rows + row) * heads + head) * capacity * size; }
};

/** Which row of a storage holds a token of a sequence: the table says it for the first `width` tokens, later ones lie in
 * the row of the sequence's own number. */
struct CacheRows {
  /** `[batch, width]`. */
  const int32_t* table;
  int64_t width;

  /** Calls `use(row, from, to)` for every run of tokens that lie in one row. */
  template <class Use>
  void runs(int64_t sequence, int64_t tokens, const Use& use) const {
    const int64_t listed = width < tokens ? width : tokens;
    const int32_t* row = table + sequence * width;
    for (int64_t from = 0, to; from < listed; from = to) {
      for (to = from + 1; to < listed && row[to] == row[from]; to++) continue;
      use(row[from], from, to);
    }
    if (listed < tokens) use(sequence, listed, tokens);
  }
};

/** y from x, hidden states of the new tokens; their keys and values are added after the `seen` ones. */
void decodeBlock(const Block& block, const float* x, float* y, const CacheStorage& cache, const CacheRows& rows,
                 int64_t seen);

/** Copies what the sequences have seen into the rows of their own numbers. */
void copyCache(Type type, int64_t batch, int64_t seen, const CacheStorage& from, const CacheRows& rows,
               const CacheStorage& to);

}  // namespace dylora
