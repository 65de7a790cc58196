// Attention in bfloat16 on AMX tiles: scores and probabilities are float32, the operands of every product bfloat16.
#include "attention/attention-tiles.hpp"

#include <cstring>

#include "attention/attention-task.hpp"
#include "cpu/tiles.hpp"

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)

#include <immintrin.h>

#include "attention/attention-rows.hpp"

// The intrinsics of gcc 12 start from a variable that is meant to be uninitialised.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#pragma GCC push_options
#pragma GCC target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,prefer-vector-width=512")

namespace dylora {

namespace {

int64_t padded(int64_t count) { return (count + 31) / 32 * 32; }

/**
 * c `[m, n]` (+)= a `[m, k]` · b, all sizes multiples of 32. b holds pairs of rows: word j of its row i is the elements
 * (2i, j) and (2i + 1, j).
 */
void tileProduct(int64_t m, int64_t n, int64_t k, const bf16* a, int64_t lda, const uint32_t* b, int64_t ldb, float* c,
                 int64_t ldc, bool add) {
  for (int64_t i = 0; i < m; i += 32) {
    for (int64_t j = 0; j < n; j += 32) {
      float* target = c + i * ldc + j;
      if (add) {
        _tile_loadd(0, target, ldc * 4);
        _tile_loadd(1, target + 16, ldc * 4);
        _tile_loadd(2, target + 16 * ldc, ldc * 4);
        _tile_loadd(3, target + 16 * ldc + 16, ldc * 4);
      } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
      }
      for (int64_t l = 0; l < k; l += 32) {
        const bf16* left = a + i * lda + l;
        const uint32_t* right = b + l / 2 * ldb + j;
        _tile_loadd(4, left, lda * 2);
        _tile_loadd(5, left + 16 * lda, lda * 2);
        _tile_loadd(6, right, ldb * 4);
        _tile_loadd(7, right + 16, ldb * 4);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      _tile_stored(0, target, ldc * 4);
      _tile_stored(1, target + 16, ldc * 4);
      _tile_stored(2, target + 16 * ldc, ldc * 4);
      _tile_stored(3, target + 16 * ldc + 16, ldc * 4);
    }
  }
}

/** Rows of a head side by side, zeros after the last up to a multiple of 32 rows. */
void copyHead(const bf16* x, int64_t stride, int64_t rows, int64_t size, bf16* y) {
  for (int64_t row = 0; row < rows; row++) std::memcpy(y + row * size, x + row * stride, size * sizeof(bf16));
  std::memset(y + rows * size, 0, (padded(rows) - rows) * size * sizeof(bf16));
}

/** y `[rows / 2, columns]` of words from pairs of rows of x. */
void interleave(int64_t rows, int64_t columns, const bf16* x, int64_t stride, uint32_t* y) {
  for (int64_t row = 0; row < rows; row += 2) {
    const bf16 *low = x + row * stride, *high = low + stride;
    uint32_t* target = y + row / 2 * columns;
    for (int64_t j = 0; j < columns; j += 16) {
      const __m512i l = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(low + j)));
      const __m512i h = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(high + j)));
      _mm512_storeu_si512(target + j, _mm512_or_si512(l, _mm512_slli_epi32(h, 16)));
    }
  }
}

/** 16 by 16 words. */
void transposeBlock(const uint32_t* x, int64_t stride, uint32_t* y, int64_t yStride) {
  __m512i r[16], t[16];
  for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_si512(x + i * stride);
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int half = 0; half < 16; half += 8) {
    for (int i = 0; i < 4; i++) {
      t[half + i] = _mm512_shuffle_i32x4(r[half + i], r[half + i + 4], 0x88);
      t[half + i + 4] = _mm512_shuffle_i32x4(r[half + i], r[half + i + 4], 0xdd);
    }
  }
  for (int i = 0; i < 8; i++) {
    _mm512_storeu_si512(y + i * yStride, _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88));
    _mm512_storeu_si512(y + (i + 8) * yStride, _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd));
  }
}

/** y `[columns, rows]` from words x `[rows, columns]`; both multiples of 16. */
void transposeWords(int64_t rows, int64_t columns, const uint32_t* x, int64_t stride, uint32_t* y, int64_t yStride) {
  for (int64_t i = 0; i < rows; i += 16) {
    for (int64_t j = 0; j < columns; j += 16) transposeBlock(x + i * stride + j, stride, y + j * yStride + i, yStride);
  }
}

/** The right operand for products with xᵀ, x `[rows, size]`: words `[size / 2, rows]`. */
void transposed(int64_t rows, int64_t size, const bf16* x, uint32_t* y) {
  transposeWords(rows, size / 2, reinterpret_cast<const uint32_t*>(x), size / 2, y, rows);
}

/** y `[columns, rows]` = xᵀ of x `[rows, columns]`, both plain; `words` has room for half as many words. */
void turn(int64_t rows, int64_t columns, const bf16* x, uint32_t* words, bf16* y) {
  interleave(rows, columns, x, columns, words);
  transposeWords(rows / 2, columns, words, columns, reinterpret_cast<uint32_t*>(y), rows / 2);
}

/** Hands out aligned room within a thread's scratch. */
class Room {
 public:
  explicit Room(float* start) : at_(reinterpret_cast<char*>(start)) {}
  template <class T>
  T* take(int64_t count) {
    T* place = reinterpret_cast<T*>(at_);
    at_ += (count * static_cast<int64_t>(sizeof(T)) + 63) / 64 * 64;
    return place;
  }

 private:
  char* at_;
};

/** A query's row in a block of scores. */
ScoreRow scoreRow(const AttentionTask& task, int64_t query, int64_t width, float* scores, const RowDropout& drop) {
  return {task.seen(query), width, scores, task.scale, task.mask, task.shape.dropout.on ? &drop : nullptr};
}

void forwardOnTiles(const AttentionShape& shape, const bf16* qkv, bf16* context) {
  const int64_t hidden = shape.heads * shape.size, length = shape.length, size = shape.size;
  const int64_t keys = padded(length), tasks = shape.batch * shape.heads;
  const Scratch scratch(3 * keys * size + 2 * blockRows * keys + blockRows * size + 1024);
#pragma omp parallel
  {
    const Tiles tiles;
    Room room(scratch.ofThread());
    bf16* q = room.take<bf16>(keys * size);
    bf16* copy = room.take<bf16>(keys * size);
    uint32_t* kT = room.take<uint32_t>(keys * size / 2);
    uint32_t* v = room.take<uint32_t>(keys * size / 2);
    float* p = room.take<float>(blockRows * keys);
    bf16* pHalf = room.take<bf16>(blockRows * keys);
    float* out = room.take<float>(blockRows * size);
    float factors[blockRows];
#pragma omp for schedule(static)
    for (int64_t index = 0; index < tasks; index++) {
      const AttentionTask task(shape, index);
      const bf16* base = qkv + task.example * length * 3 * hidden + task.head * size;
      copyHead(base, 3 * hidden, length, size, q);
      copyHead(base + hidden, 3 * hidden, length, size, copy);
      transposed(keys, size, copy, kT);
      copyHead(base + 2 * hidden, 3 * hidden, length, size, copy);
      interleave(keys, size, copy, size, v);
      bf16* target = context + task.example * length * hidden + task.head * size;
      for (int64_t first = 0; first < length; first += blockRows) {
        const int64_t count = first + blockRows < length ? blockRows : length - first;
        const int64_t width = padded(shape.causal ? first + count : length);
        tileProduct(padded(count), width, size, q + first * size, size, kT, keys, p, width, false);
        for (int64_t row = 0; row < count; row++) {
          const RowDropout drop = task.dropOf(first + row);
          factors[row] = probabilities(scoreRow(task, first + row, width, p + row * width, drop), pHalf + row * width);
        }
        std::memset(pHalf + count * width, 0, (padded(count) - count) * width * sizeof(bf16));
        tileProduct(padded(count), size, width, pHalf, width, v, size, out, size, false);
        for (int64_t row = 0; row < count; row++) {
          scaledHalves(size, out + row * size, factors[row], target + (first + row) * hidden);
        }
      }
    }
  }
}

void gradientOnTiles(const AttentionShape& shape, const bf16* dContext, const bf16* qkv, bf16* dQkv) {
  const int64_t hidden = shape.heads * shape.size, length = shape.length, size = shape.size;
  const int64_t keys = padded(length), tasks = shape.batch * shape.heads, plane = keys * size;
  const Scratch scratch(8 * plane + 6 * blockRows * keys + 2 * blockRows * size + 2048);
#pragma omp parallel
  {
    const Tiles tiles;
    Room room(scratch.ofThread());
    bf16* q = room.take<bf16>(plane);
    bf16* k = room.take<bf16>(plane);
    bf16* v = room.take<bf16>(plane);
    bf16* dOut = room.take<bf16>(plane);
    uint32_t* kT = room.take<uint32_t>(plane / 2);
    uint32_t* vT = room.take<uint32_t>(plane / 2);
    uint32_t* kPairs = room.take<uint32_t>(plane / 2);
    float* dk = room.take<float>(plane);
    float* dv = room.take<float>(plane);
    float* p = room.take<float>(blockRows * keys);
    float* dp = room.take<float>(blockRows * keys);
    bf16* half = room.take<bf16>(blockRows * keys);
    bf16* ds = room.take<bf16>(blockRows * keys);
    bf16* turned = room.take<bf16>(blockRows * keys);
    uint32_t* words = room.take<uint32_t>(blockRows * keys / 2);
    uint32_t* rowPairs = room.take<uint32_t>(blockRows * size / 2);
    float* dq = room.take<float>(blockRows * size);
#pragma omp for schedule(static)
    for (int64_t index = 0; index < tasks; index++) {
      const AttentionTask task(shape, index);
      const bf16* base = qkv + task.example * length * 3 * hidden + task.head * size;
      copyHead(base, 3 * hidden, length, size, q);
      copyHead(base + hidden, 3 * hidden, length, size, k);
      copyHead(base + 2 * hidden, 3 * hidden, length, size, v);
      copyHead(dContext + task.example * length * hidden + task.head * size, hidden, length, size, dOut);
      transposed(keys, size, k, kT);
      transposed(keys, size, v, vT);
      interleave(keys, size, k, size, kPairs);
      std::memset(dk, 0, plane * sizeof(float));
      std::memset(dv, 0, plane * sizeof(float));
      bf16* target = dQkv + task.example * length * 3 * hidden + task.head * size;
      for (int64_t first = 0; first < length; first += blockRows) {
        const int64_t count = first + blockRows < length ? blockRows : length - first, rows = padded(count);
        const int64_t width = padded(shape.causal ? first + count : length);
        tileProduct(rows, width, size, q + first * size, size, kT, keys, p, width, false);
        tileProduct(rows, width, size, dOut + first * size, size, vT, keys, dp, width, false);
        for (int64_t row = 0; row < count; row++) {
          const RowDropout drop = task.dropOf(first + row);
          scoreGradients(scoreRow(task, first + row, width, p + row * width, drop), dp + row * width,
                         half + row * width, ds + row * width);
        }
        std::memset(half + count * width, 0, (rows - count) * width * sizeof(bf16));
        std::memset(ds + count * width, 0, (rows - count) * width * sizeof(bf16));

        turn(rows, width, half, words, turned);
        interleave(rows, size, dOut + first * size, size, rowPairs);
        tileProduct(width, size, rows, turned, rows, rowPairs, size, dv, size, true);

        tileProduct(rows, size, width, ds, width, kPairs, size, dq, size, false);
        turn(rows, width, ds, words, turned);
        interleave(rows, size, q + first * size, size, rowPairs);
        tileProduct(width, size, rows, turned, rows, rowPairs, size, dk, size, true);
        for (int64_t row = 0; row < count; row++) {
          scaledHalves(size, dq + row * size, 1.0f, target + (first + row) * 3 * hidden);
        }
      }
      for (int64_t row = 0; row < length; row++) {
        scaledHalves(size, dk + row * size, 1.0f, target + row * 3 * hidden + hidden);
        scaledHalves(size, dv + row * size, 1.0f, target + row * 3 * hidden + 2 * hidden);
      }
    }
  }
}

}  // namespace
}  // namespace dylora

#pragma GCC pop_options

namespace dylora {

namespace {

/** Whole sequences of queries: a few of them (the last block of a classifier) are too little work to copy heads for. */
bool suits(const AttentionShape& shape) {
  return shape.queries == shape.length && shape.size % 32 == 0 && shape.size <= 256 && hasTiles();
}

}  // namespace

bool attentionOnTiles(const AttentionShape& shape, const bf16* qkv, bf16* context) {
  if (!suits(shape)) return false;
  forwardOnTiles(shape, qkv, context);
  return true;
}

bool attentionGradientOnTiles(const AttentionShape& shape, const bf16* dContext, const bf16* qkv, bf16* dQkv) {
  if (!suits(shape)) return false;
  gradientOnTiles(shape, dContext, qkv, dQkv);
  return true;
}

}  // namespace dylora

#else

namespace dylora {
bool attentionOnTiles(const AttentionShape&, const bf16*, bf16*) { return false; }
bool attentionGradientOnTiles(const AttentionShape&, const bf16*, const bf16*, bf16*) { return false; }
}  // namespace dylora

#endif
