// AMX in plain loops. What raises an exception on a CPU (tiles that were not configured, shapes that do not fit) ends the
// process here with a line that says so.
#pragma once

namespace emulation {

const int tileCount = 8, tileRows = 16, tileWords = 16;

struct TileUnit {
  bool configured = false;
  uint8_t rows[tileCount] = {};
  uint16_t bytes[tileCount] = {};
  /** What lies beyond a tile's own rows and bytes is 0. */
  alignas(64) uint32_t words[tileCount][tileRows][tileWords] = {};

  void clear() {
    configured = false;
    std::memset(rows, 0, sizeof rows);
    std::memset(bytes, 0, sizeof bytes);
    std::memset(words, 0, sizeof words);
  }
};

/** Of the calling thread. */
inline TileUnit& tileUnit() {
  static thread_local TileUnit unit;
  return unit;
}

inline void expectTiles(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "AMX: %s\n", what);
  std::abort();
}

/** LDTILECFG: clears every tile. */
inline void tile_loadconfig(const void* config) {
  const unsigned char* bytes = static_cast<const unsigned char*>(config);
  expectTiles(bytes[0] == 1, "the palette is not 1");
  for (int i = 1; i < 16; i++) expectTiles(bytes[i] == 0, "a start row or reserved bytes of a configuration");
  TileUnit& unit = tileUnit();
  unit.clear();
  for (int tile = 0; tile < tileCount; tile++) {
    std::memcpy(&unit.bytes[tile], bytes + 16 + 2 * tile, sizeof(uint16_t));
    unit.rows[tile] = bytes[48 + tile];
    expectTiles(unit.bytes[tile] <= 4 * tileWords && unit.rows[tile] <= tileRows, "a tile is configured larger than it is");
    expectTiles((unit.bytes[tile] == 0) == (unit.rows[tile] == 0), "a tile of rows without bytes");
  }
  unit.configured = true;
}
inline void tile_release() { tileUnit().clear(); }

inline TileUnit& unitWith(int tile) {
  TileUnit& unit = tileUnit();
  expectTiles(unit.configured && unit.rows[tile] > 0, "a tile that is not configured");
  return unit;
}
inline void tile_zero(int tile) {
  TileUnit& unit = unitWith(tile);
  std::memset(unit.words[tile], 0, sizeof unit.words[tile]);
}
inline void tile_loadd(int tile, const void* from, int64_t step) {
  tile_zero(tile);
  TileUnit& unit = tileUnit();
  for (int row = 0; row < unit.rows[tile]; row++) {
    std::memcpy(unit.words[tile][row], static_cast<const char*>(from) + row * step, unit.bytes[tile]);
  }
}
inline void tile_stored(int tile, void* to, int64_t step) {
  const TileUnit& unit = unitWith(tile);
  for (int row = 0; row < unit.rows[tile]; row++) {
    std::memcpy(static_cast<char*>(to) + row * step, unit.words[tile][row], unit.bytes[tile]);
  }
}

/** sum `[rows, 16]` += a `[rows, 2 · pairs]` · b: even and odd halves are summed apart, then together. */
EMULATED_ALONE void multiplyTiles(int rows, int pairs, const uint32_t (*a)[tileWords], const uint32_t (*b)[tileWords],
                                  uint32_t (*sum)[tileWords]) {
  for (int from = 0; from < tileWords; from += 8) {
    __m256 evens[tileRows], odds[tileRows];
    for (int k = 0; k < pairs; k++) {
      evens[k] = lowHalves(b[k] + from);
      odds[k] = highHalves(b[k] + from);
    }
    for (int row = 0; row < rows; row++) {
      __m256 even = _mm256_setzero_ps(), odd = even;
      for (int k = 0; k < pairs; k++) {
        const __m256 word = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(a[row][k])));
        const __m256 high = _mm256_and_ps(word, _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xffff0000u))));
        const __m256 low = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(word), 16));
        even = addProducts(flushed(low), evens[k], even);
        odd = addProducts(flushed(high), odds[k], odd);
      }
      float* at = reinterpret_cast<float*>(sum[row] + from);
      _mm256_storeu_ps(at, flushed(_mm256_add_ps(flushed(_mm256_loadu_ps(at)), flushed(_mm256_add_ps(even, odd)))));
    }
  }
}

/** TDPBF16PS. */
inline void tile_dpbf16ps(int sum, int a, int b) {
  expectTiles(sum != a && a != b && sum != b, "a product takes a tile twice");
  TileUnit& unit = unitWith(sum);
  unitWith(a);
  unitWith(b);
  expectTiles(unit.bytes[sum] % 4 == 0 && unit.bytes[a] % 4 == 0 && unit.bytes[b] % 4 == 0, "a product of half words");
  expectTiles(unit.rows[sum] == unit.rows[a] && unit.bytes[sum] == unit.bytes[b] && unit.bytes[a] / 4 == unit.rows[b],
              "tiles of a product do not fit together");
  // Columns beyond those of b are 0 in it and in the sum, and stay so.
  multiplyTiles(unit.rows[sum], unit.bytes[a] / 4, unit.words[a], unit.words[b], unit.words[sum]);
}

}  // namespace emulation

#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#define _tile_loadconfig emulation::tile_loadconfig
#define _tile_release emulation::tile_release
#define _tile_zero emulation::tile_zero
#define _tile_loadd emulation::tile_loadd
#define _tile_stored emulation::tile_stored
#define _tile_dpbf16ps emulation::tile_dpbf16ps
