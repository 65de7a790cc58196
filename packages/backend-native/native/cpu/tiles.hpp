// AMX tiles: whether this process may use them, and their configuration.
#pragma once

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define DYLORA_TILES 1

#include <immintrin.h>

#include <cstdint>

namespace dylora {

/** True on a CPU with AMX bf16 whose kernel grants it; asks on the first call. */
bool hasTiles();

#pragma GCC push_options
#pragma GCC target("amx-tile")

/** Eight tiles of 64 bytes a row while it lives, on the thread that made it: the first five of `rows` rows, three of 16. */
class Tiles {
 public:
  explicit Tiles(int64_t rows = 16) {
    struct {
      uint8_t palette = 1, startRow = 0, reserved[14] = {};
      uint16_t columnBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } config;
    for (int tile = 0; tile < 5; tile++) config.rows[tile] = static_cast<uint8_t>(rows);
    _tile_loadconfig(&config);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

#pragma GCC pop_options

}  // namespace dylora
#endif
