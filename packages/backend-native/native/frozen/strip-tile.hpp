// Sums of a few rows and columns that stay in registers, on CPUs with AVX2, over weights that come from memory.
#pragma once
#include <cstdint>

namespace dylora {

/** Rows whose sums of a tile fit the registers, beside its weights. */
constexpr int64_t stripTileRows = 6;
/** Columns of a tile; of bfloat16 so few rows may run over twice as many. */
constexpr int64_t stripTileColumns = 16, wideTileRows = 2;

/** Lines of weights that are read after the present ones: so many are asked for with every four of depth. */
struct Ahead {
  const char* line;
  int64_t stride;
  int count;

  void fetch() {
    for (int i = 0; i < count; i++, line += stride) __builtin_prefetch(line);
  }
};

/** What a tile reads its weights from; `widening` keeps them as float32 for the tiles after it. */
enum class TileSource { floats, halves, widening };

struct TileOperands {
  int64_t depth;
  /** `[depth, stride]`, from a column on. */
  const void* weights;
  int64_t stride;
  /** `[depth, rows]`. */
  const float* x;
  /** `[depth, stripTileColumns]`. */
  float* kept;
  /** `[rows, sumStride]`. */
  float* sums;
  int64_t sumStride;
};

/**
 * sums += x · weights for at most {@link stripTileRows} rows. A tile of `halves`, which keeps nothing, has twice
 * the columns where there are no more than {@link wideTileRows}.
 */
void addTile(int64_t rows, TileSource source, const TileOperands& operands, Ahead& ahead);

}  // namespace dylora
