#define DYLORA_EMULATION
#include "dnnl.hpp"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "cpu.hpp"

namespace dnnl {

namespace {

using emulation::Cpu;

/** Where the elements of a matrix, or of a stack of them, lie: each axis adds its part to the place. */
class Places {
 public:
  explicit Places(const memory::desc& desc) : data_(desc.data) {
    const dnnl_blocking_desc_t& blocking = data_.format_desc.blocking;
    for (int axis = 0; axis < data_.ndims; axis++) {
      std::vector<int64_t>& parts = parts_[axis + 3 - data_.ndims];
      for (int64_t position = 0; position < data_.padded_dims[axis]; position++) {
        int64_t outer = position + data_.padded_offsets[axis], step = 1, at = axis == 0 ? data_.offset0 : 0;
        for (int block = blocking.inner_nblks - 1; block >= 0; block--) {
          const int64_t size = blocking.inner_blks[block];
          if (blocking.inner_idxs[block] == axis) {
            at += outer % size * step;
            outer /= size;
          }
          step *= size;
        }
        parts.push_back(at + outer * blocking.strides[axis]);
      }
    }
    if (data_.ndims == 2) parts_[0].push_back(0);
  }

  int64_t stack() const { return data_.ndims == 3 ? data_.dims[0] : 1; }
  int64_t rows() const { return data_.dims[data_.ndims - 2]; }
  int64_t columns() const { return data_.dims[data_.ndims - 1]; }
  int64_t paddedRows() const { return static_cast<int64_t>(parts_[1].size()); }
  int64_t paddedColumns() const { return static_cast<int64_t>(parts_[2].size()); }
  bool halves() const { return data_.data_type == dnnl_bf16; }
  int64_t of(int64_t matrix, int64_t row, int64_t column) const {
    return parts_[0][matrix] + parts_[1][row] + parts_[2][column];
  }

 private:
  dnnl_memory_desc_t data_;
  std::vector<int64_t> parts_[3];
};

float read(const void* data, bool halves, int64_t at) {
  if (!halves) return static_cast<const float*>(data)[at];
  const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t*>(data)[at]) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void write(void* data, bool halves, int64_t at, float value) {
  if (!halves) {
    static_cast<float*>(data)[at] = value;
    return;
  }
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = std::isnan(value) ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1);
  static_cast<uint16_t*>(data)[at] = static_cast<uint16_t>(rounded >> 16);
}

bool isDense(const memory::desc& desc) {
  const dnnl_memory_desc_t& data = desc.data;
  int64_t step = 1;
  for (int axis = data.ndims - 1; axis >= 0; step *= data.dims[axis], axis--) {
    if (data.dims[axis] != 1 && data.format_desc.blocking.strides[axis] != step) return false;
  }
  return true;
}

/** The product that takes panels has a source of dense rows or columns, and a target of dense rows. */
memory::desc chosenWeights(const EmulatedMatmul::desc& given) {
  const memory::desc& asked = given.weights;
  if (asked.data.format_kind != dnnl_format_kind_any) return asked;
  const memory::data_type type = static_cast<memory::data_type>(asked.data.data_type);
  const bool panels = asked.data.ndims == 2 && isDense(given.target) &&
                      (isDense(given.source) || isDense(given.source.permute_axes({1, 0})));
  const memory::format_tag tag = !panels                          ? memory::format_tag::ab
                                 : type == memory::data_type::bf16 ? memory::format_tag::BA16a64b2a
                                                                   : memory::format_tag::BA16a64b;
  return {asked.dims(), type, tag};
}

/** One matrix of a stack in float32, row-major. */
std::vector<float> plain(const void* data, const Places& places, int64_t matrix) {
  const int64_t rows = places.rows(), columns = places.columns();
  std::vector<float> made(rows * columns);
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t column = 0; column < columns; column++) {
      made[row * columns + column] = read(data, places.halves(), places.of(matrix, row, column));
    }
  }
  return made;
}

}  // namespace

cpu_isa emulatedIsa() {
  switch (emulation::cpu()) {
    case Cpu::amx: return cpu_isa::avx512_core_amx;
    case Cpu::bf16: return cpu_isa::avx512_core_bf16;
    default: return cpu_isa::avx512_core;
  }
}

EmulatedMatmul::primitive_desc::primitive_desc(const desc& given, const primitive_attr& wanted, const engine&)
    : chosen(given), attributes(wanted) {
  chosen.weights = chosenWeights(given);
  const bool halves = given.source.data.data_type == dnnl_bf16;
  const bool mixed = halves != (given.weights.data.data_type == dnnl_bf16) ||
                     (!halves && given.target.data.data_type == dnnl_bf16);
  if (mixed) throw std::logic_error("oneDNN has no product of these types");
  if (halves && emulation::cpu() == Cpu::avx512) throw std::logic_error("this CPU does not multiply bfloat16");
}

void EmulatedMatmul::execute(const stream&, const std::unordered_map<int, memory>& arguments) const {
  const memory &source = arguments.at(DNNL_ARG_SRC), &weights = arguments.at(DNNL_ARG_WEIGHTS),
               &target = arguments.at(DNNL_ARG_DST);
  if (weights.get_desc() != made_->chosen.weights) throw std::logic_error("weights in a layout that was not chosen");
  const Places from(source.get_desc()), right(weights.get_desc()), to(target.get_desc());
  const int64_t rows = to.rows(), columns = to.columns(), depth = from.columns();
  void* result = target.get_data_handle();
  const float* bias = made_->chosen.biased ? static_cast<float*>(arguments.at(DNNL_ARG_BIAS).get_data_handle()) : nullptr;
  const post_ops after = made_->attributes.get_post_ops();
  for (int64_t matrix = 0; matrix < to.stack(); matrix++) {
    const std::vector<float> a = plain(source.get_data_handle(), from, matrix);
    const std::vector<float> b = plain(weights.get_data_handle(), right, matrix);
    std::vector<float> made(rows * columns);
    dnnl_sgemm('N', 'N', rows, columns, depth, 1, a.data(), depth, b.data(), columns, 0, made.data(), columns);
    const auto forAll = [&](const auto& value) {
#pragma omp parallel for schedule(static)
      for (int64_t row = 0; row < rows; row++) {
        for (int64_t column = 0; column < columns; column++) value(made[row * columns + column], row, column);
      }
    };
    if (bias != nullptr) forAll([&](float& sum, int64_t, int64_t column) { sum += bias[column]; });
    for (int op = 0; op < after.len(); op++) {
      if (after.kind(op) == primitive::kind::sum) {
        forAll([&](float& sum, int64_t row, int64_t column) {
          sum += read(result, to.halves(), to.of(matrix, row, column));
        });
        continue;
      }
      const memory& factor = arguments.at(DNNL_ARG_ATTR_MULTIPLE_POST_OP(op) | DNNL_ARG_SRC_1);
      const Places places(factor.get_desc());
      forAll([&](float& sum, int64_t row, int64_t column) {
        sum *= read(factor.get_data_handle(), places.halves(), places.of(matrix, row, column));
      });
    }
    forAll([&](float& sum, int64_t row, int64_t column) {
      write(result, to.halves(), to.of(matrix, row, column), sum);
    });
  }
}

void EmulatedReorder::execute(const stream&, memory& from, memory& to) const {
  const Places source(from.get_desc()), target(to.get_desc());
  if (source.rows() != target.rows() || source.columns() != target.columns() || target.stack() != 1) {
    throw std::logic_error("a reorder of other shapes");
  }
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < target.paddedRows(); row++) {
    for (int64_t column = 0; column < target.paddedColumns(); column++) {
      const bool within = row < source.rows() && column < source.columns();
      const float value = within ? read(from.get_data_handle(), source.halves(), source.of(0, row, column)) : 0.0f;
      write(to.get_data_handle(), target.halves(), target.of(0, row, column), value);
    }
  }
}

}  // namespace dnnl
