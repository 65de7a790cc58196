#include "products/tiled-product.hpp"

#include <algorithm>

#include "common/threads.hpp"
#include "cpu/instruction-set.hpp"
#include "memory/thread-scratch.hpp"
#include "products/product-tile.hpp"

namespace dylora {

namespace {

/**
 * Depth of a pass, and rows of a that a thread holds for it: they stay in the second-level cache, with a panel of b. Fewer
 * rows of more depth, since what costs most beside the sums is c, which every pass reads and writes.
 */
const int64_t mostDepth = 1024, mostRows = 24;
/** What of b is packed at a time, and stays in the last cache. */
const int64_t mostColumns = 512, mostPackedDepth = 2048;
/** Columns that a thread packs side by side. */
const int64_t columnsAtOnce = 8 * tileColumns;
/** Whole strips of bfloat16. */
const int64_t columnsOfStrip = 2 * tileColumns;

int64_t divideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }
/** The size of even parts of at most `most`, rounded up to whole steps. */
int64_t evenPart(int64_t whole, int64_t most, int64_t step) {
  return divideUp(divideUp(whole, divideUp(whole, most)), step) * step;
}

/** The right factor: numbers, or bfloat16 in strips. */
struct Right {
  const float* data;
  Strides strides;
  const RowMajor* halves;

  /** Packs columns from a place on, of which the first is that of a strip. */
  void pack(int64_t column, int64_t columns, int64_t row, int64_t depth, float* to) const {
    if (halves == nullptr) {
      packTileColumns(columns, depth, data + column * strides.column + row * strides.row, strides, to, depth * tileColumns);
      return;
    }
    const int64_t strip = column / halves->stride;
    packTileHalves(divideUp(columns, tileColumns), depth,
                   static_cast<const bf16*>(halves->data) + strip * halves->strip + row * halves->stride, halves->stride,
                   halves->strip, to, depth * tileColumns);
  }
};

/** c (+)= a · b, in numbers. */
struct Operands {
  const float* a;
  Strides aStrides;
  Right b;
  float* c;
  int64_t cStride;
};

/** Sizes of what is worked on at a time. */
struct Blocks {
  int64_t rows, columns, depth;
  /** Depth that is packed at a time. */
  int64_t packedDepth;
};

/** Some columns of b, over some of the depth, packed in panels: for each pass over the depth one of every tile. */
struct Packed {
  float* data;
  int64_t columns, depth, passDepth;

  int64_t passes() const { return divideUp(depth, passDepth); }
  int64_t depthOf(int64_t pass) const { return std::min(passDepth, depth - pass * passDepth); }
  int64_t tiles() const { return divideUp(columns, tileColumns); }
  float* panel(int64_t tile, int64_t pass) const {
    return data + (pass * passDepth * tiles() + tile * depthOf(pass)) * tileColumns;
  }
};

/** Packs columns of b from a place on; each thread takes some. */
void packColumns(const Right& b, int64_t firstColumn, int64_t firstRow, const Packed& packed) {
  const int64_t groups = divideUp(packed.columns, columnsAtOnce), passes = packed.passes();
#pragma omp for schedule(static)
  for (int64_t task = 0; task < groups * passes; task++) {
    const int64_t pass = task / groups, column = task % groups * columnsAtOnce, depth = packed.depthOf(pass);
    b.pack(firstColumn + column, std::min(columnsAtOnce, packed.columns - column), firstRow + pass * packed.passDepth,
           depth, packed.panel(column / tileColumns, pass));
  }
}

/** Some rows of c: they stay in the caches from pass to pass, as does each pass's part of a, packed into `own`. */
void multiplyRows(const Operands& o, int64_t rows, const Packed& packed, TileStart start, float* own) {
  for (int64_t pass = 0; pass < packed.passes(); pass++) {
    const int64_t depth = packed.depthOf(pass);
    const float* from = o.a + pass * packed.passDepth * o.aStrides.column;
    for (int64_t i = 0; i < rows; i += tileRows) {
      packTileRows(std::min(tileRows, rows - i), depth, from + i * o.aStrides.row, o.aStrides, own + i * depth);
    }
    for (int64_t j = 0; j < packed.columns; j += tileColumns) {
      const float* panel = packed.panel(j / tileColumns, pass);
      const TileStart tile{start.add, start.bias == nullptr ? nullptr : start.bias + j};
      for (int64_t i = 0; i < rows; i += tileRows) {
        multiplyTile(std::min(tileRows, rows - i), std::min(tileColumns, packed.columns - j), depth, own + i * depth,
                     panel, o.c + i * o.cStride + j, o.cStride, tile);
      }
    }
    start = {true, nullptr};
  }
}

void multiplyBlocks(int64_t m, int64_t n, int64_t k, const Operands& o, TileStart start, const Blocks& blocks) {
  const int64_t width = divideUp(blocks.columns, tileColumns) * tileColumns;
  float* panels = workspace().take(Slot::packedColumns, width * std::min(k, blocks.packedDepth));
  const Scratch scratch(blocks.rows * blocks.depth + tileOverrun);
#pragma omp parallel
  for (int64_t column = 0; column < n; column += blocks.columns) {
    for (int64_t at = 0; at < k; at += blocks.packedDepth) {
      const Packed packed{panels, std::min(blocks.columns, n - column), std::min(blocks.packedDepth, k - at),
                          blocks.depth};
      const TileStart from = at > 0 ? TileStart{true, nullptr}
                                    : TileStart{start.add, start.bias == nullptr ? nullptr : start.bias + column};
      packColumns(o.b, column, at, packed);
      // A thread that is held up leaves its rows to the others.
#pragma omp for schedule(dynamic)
      for (int64_t row = 0; row < m; row += blocks.rows) {
        multiplyRows({o.a + row * o.aStrides.row + at * o.aStrides.column, o.aStrides, o.b,
                      o.c + row * o.cStride + column, o.cStride},
                     std::min(blocks.rows, m - row), packed, from, scratch.ofThread());
      }
    }
  }
}

void multiplyTiled(int64_t m, int64_t n, int64_t k, const Operands& operands, TileStart start) {
  // As many blocks of rows for each thread.
  const int64_t threads = currentThreads(), blocksOfRows = threads * divideUp(m, threads * mostRows);
  const int64_t packedDepth = evenPart(k, mostPackedDepth, 8);
  multiplyBlocks(m, n, k, operands, start,
                 {divideUp(divideUp(m, blocksOfRows), tileRows) * tileRows, evenPart(n, mostColumns, columnsOfStrip),
                  evenPart(packedDepth, mostDepth, 8), packedDepth});
}

bool hasUnitStride(const Matrix& m) { return m.columnStride == 1 || m.rowStride == 1; }

}  // namespace

bool suitsTiles(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c) {
#ifdef DYLORA_WITHOUT_TILES  // to measure against oneDNN
  return false;
#endif
  const bool floats = a.type == Type::f32 && b.type == Type::f32 && c.type == Type::f32;
  return instructionSet() == InstructionSet::avx2 && floats && m >= 24 && n >= 64 && k >= 32 && hasUnitStride(a) &&
         hasUnitStride(b) && c.columnStride == 1;
}

void multiplyTiled(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
                   const float* bias) {
  multiplyTiled(m, n, k,
                {static_cast<const float*>(a.data),
                 {a.rowStride, a.columnStride},
                 {static_cast<const float*>(b.data), {b.rowStride, b.columnStride}, nullptr},
                 static_cast<float*>(c.data),
                 c.rowStride},
                {add, bias});
}

void multiplyTiledHalves(int64_t m, const float* a, const RowMajor& b, const Matrix& c, const float* bias) {
  multiplyTiled(m, b.out, b.in, {a, {b.in, 1}, {nullptr, {}, &b}, static_cast<float*>(c.data), c.rowStride}, {false, bias});
}

}  // namespace dylora
