#include "frozen/strip-tile.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#include "cpu/avx2-vectors.hpp"

namespace dylora {

namespace {

#pragma GCC push_options
#pragma GCC target("avx2,fma")

/** One of the depth: s += w · x for `count` rows. */
DYLORA_INLINE void addLine(const int count, const int vectors, const TileSource source, const void* w, const float* x,
                           float* kept, __m256 (*s)[4]) {
  __m256 given[4];
  if (source == TileSource::floats) load(vectors, static_cast<const float*>(w), given);
  else load(vectors, static_cast<const bf16*>(w), given);
  if (source == TileSource::widening) store(vectors, given, kept);
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) {
    const __m256 value = _mm256_broadcast_ss(x + r);
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) addProduct(s[r][v], given[v], value);
  }
}

/** sums += w · x for `count` rows and `vectors` vectors of columns. */
DYLORA_INLINE void addTile(const int count, const int vectors, const TileSource source, const TileOperands& t,
                           Ahead& ahead) {
  __m256 s[stripTileRows][4];
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) load(vectors, t.sums + r * t.sumStride, s[r]);
  const int64_t depth = t.depth, stride = t.stride * (source == TileSource::floats ? 4 : 2);
  const char* w = static_cast<const char*>(t.weights);
  const float* x = t.x;
  float* kept = t.kept;
  // A copy of its own, which stores cannot change.
  Ahead lines = ahead;
  int64_t k = 0;
  for (; k + 4 <= depth; k += 4) {
    lines.fetch();
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, w += stride, x += count, kept += stripTileColumns) {
      addLine(count, vectors, source, w, x, kept, s);
    }
  }
  for (; k < depth; k++, w += stride, x += count, kept += stripTileColumns) {
    addLine(count, vectors, source, w, x, kept, s);
  }
  ahead = lines;
#pragma GCC unroll 6
  for (int r = 0; r < count; r++) store(vectors, s[r], t.sums + r * t.sumStride);
}

DYLORA_INLINE void addTile(const int count, const TileSource source, const TileOperands& t, Ahead& ahead) {
  switch (source) {
    case TileSource::floats: return addTile(count, 2, TileSource::floats, t, ahead);
    case TileSource::halves: return addTile(count, count <= wideTileRows ? 4 : 2, TileSource::halves, t, ahead);
    default: return addTile(count, 2, TileSource::widening, t, ahead);
  }
}

}  // namespace

void addTile(int64_t rows, TileSource source, const TileOperands& t, Ahead& ahead) {
  switch (rows) {
    case 1: return addTile(1, source, t, ahead);
    case 2: return addTile(2, source, t, ahead);
    case 3: return addTile(3, source, t, ahead);
    case 4: return addTile(4, source, t, ahead);
    case 5: return addTile(5, source, t, ahead);
    default: return addTile(6, source, t, ahead);
  }
}

#pragma GCC pop_options

}  // namespace dylora

#else

namespace dylora {
void addTile(int64_t, TileSource, const TileOperands&, Ahead&) {}
}  // namespace dylora

#endif
