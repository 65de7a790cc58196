// AMX in plain loops. What raises an exception on a CPU (tiles that were not configured, shapes that do not fit) ends the
// process here with a line that says so.
#pragma once

namespace emulation {

const int tileCount = 8, tileRows = 16, tileBytes = 64;

struct TileUnit {
  bool configured = false;
  uint8_t rows[tileCount] = {};
  uint16_t bytes[tileCount] = {};
  /** What lies beyond a tile's own rows and bytes is 0. */
  alignas(64) unsigned char data[tileCount][tileRows][tileBytes] = {};

  void clear() {
    configured = false;
    std::memset(rows, 0, sizeof rows);
    std::memset(bytes, 0, sizeof bytes);
    std::memset(data, 0, sizeof data);
  }
  float number(int tile, int row, int column) const {
    float value;
    std::memcpy(&value, data[tile][row] + 4 * column, sizeof value);
    return value;
  }
  uint16_t half(int tile, int row, int column) const {
    uint16_t value;
    std::memcpy(&value, data[tile][row] + 2 * column, sizeof value);
    return value;
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
    expectTiles(unit.bytes[tile] <= tileBytes && unit.rows[tile] <= tileRows, "a tile is configured larger than it is");
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
  std::memset(unit.data[tile], 0, sizeof unit.data[tile]);
}
inline void tile_loadd(int tile, const void* from, int64_t step) {
  tile_zero(tile);
  TileUnit& unit = tileUnit();
  for (int row = 0; row < unit.rows[tile]; row++) {
    std::memcpy(unit.data[tile][row], static_cast<const char*>(from) + row * step, unit.bytes[tile]);
  }
}
inline void tile_stored(int tile, void* to, int64_t step) {
  const TileUnit& unit = unitWith(tile);
  for (int row = 0; row < unit.rows[tile]; row++) {
    std::memcpy(static_cast<char*>(to) + row * step, unit.data[tile][row], unit.bytes[tile]);
  }
}

/** TDPBF16PS: even and odd halves are summed apart, then together, and added to the tile. */
EMULATED_ALONE void tile_dpbf16ps(int sum, int a, int b) {
  expectTiles(sum != a && a != b && sum != b, "a product takes a tile twice");
  TileUnit& unit = unitWith(sum);
  unitWith(a);
  unitWith(b);
  expectTiles(unit.bytes[sum] % 4 == 0 && unit.bytes[a] % 4 == 0 && unit.bytes[b] % 4 == 0, "a product of half words");
  expectTiles(unit.rows[sum] == unit.rows[a] && unit.bytes[sum] == unit.bytes[b] && unit.bytes[a] / 4 == unit.rows[b],
              "tiles of a product do not fit together");
  const int columns = unit.bytes[sum] / 4, pairs = unit.bytes[a] / 4;
  float evens[tileRows][lanes], odds[tileRows][lanes];
  for (int k = 0; k < pairs; k++) {
    for (int n = 0; n < lanes; n++) {
      evens[k][n] = widened(unit.half(b, k, 2 * n));
      odds[k][n] = widened(unit.half(b, k, 2 * n + 1));
    }
  }
  for (int row = 0; row < unit.rows[sum]; row++) {
    float even[lanes] = {}, odd[lanes] = {};
    for (int k = 0; k < pairs; k++) {
      const float first = widened(unit.half(a, row, 2 * k)), second = widened(unit.half(a, row, 2 * k + 1));
      for (int n = 0; n < lanes; n++) {
        even[n] = flushed(__builtin_fmaf(first, evens[k][n], even[n]));
        odd[n] = flushed(__builtin_fmaf(second, odds[k][n], odd[n]));
      }
    }
    for (int n = 0; n < columns; n++) {
      const float made = flushed(flushed(unit.number(sum, row, n)) + flushed(even[n] + odd[n]));
      std::memcpy(unit.data[sum][row] + 4 * n, &made, sizeof made);
    }
  }
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
