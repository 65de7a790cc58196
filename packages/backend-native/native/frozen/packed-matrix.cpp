#include "frozen/packed-matrix.hpp"

#include <algorithm>

#include "common/threads.hpp"
#include "frozen/widened-matrix.hpp"
#include "memory/large-buffer.hpp"
#include "memory/workspace.hpp"
#include "products/gemm.hpp"
#include "products/onednn.hpp"
#include "products/prepared-product.hpp"

namespace dylora {

using dnnl::memory;

int currentThreads();

/** One direction: the matrix in each layout that a number of rows asked for, most often just one. */
struct PackedMatrix::Direction {
  int64_t in, out;
  std::vector<memory> layouts;
  std::vector<std::unique_ptr<LargeBuffer>> buffers;
  int64_t id;

  const memory& add(memory from, const memory::desc& wanted) {
    buffers.push_back(std::make_unique<LargeBuffer>(wanted.get_size()));
    memory made(wanted, cpu(), buffers.back()->data());
    dnnl::reorder(from, made).execute(stream(), from, made);
    stream().wait();
    layouts.push_back(made);
    return layouts.back();
  }

  const memory& layout(const memory::desc& wanted) {
    for (const memory& known : layouts) {
      if (known.get_desc() == wanted) return known;
    }
    return add(layouts.front(), wanted);
  }
};

namespace {
int64_t nextId = 1;
/** float32 numbers that backward turns over at a time, in whole blocks of oneDNN's layouts (of 16, 32, 48 or 64). */
const int64_t mostTurned = 1 << 22, turnedStep = 192;
/** Rows the first packing is made for: enough that the layout is that of training. */
const int64_t usualRows = 512;

memory::desc anyLayout(int64_t in, int64_t out, Type type) {
  return {{in, out}, dataType(type), memory::format_tag::any};
}

bool isRowMajor(const memory::desc& desc) {
  const dnnl_memory_desc_t& data = desc.data;
  const dnnl_blocking_desc_t& blocking = data.format_desc.blocking;
  return data.format_kind == dnnl_blocked && data.offset0 == 0 && blocking.inner_nblks == 0 &&
         blocking.strides[1] == 1;
}

memory::desc rowMajorDesc(int64_t in, int64_t out) {
  return {{in, out}, memory::data_type::f32, {RowMajor::strideOf(out, sizeof(float)), 1}};
}

/** A product with weights of this layout, prepared once for `owner`; `mark` tells apart what else it depends on. */
const Product& prepared(int64_t owner, int64_t mark, int64_t rows, const Matrix& source, const Matrix& target,
                        const memory::desc& weights, bool biased, bool add) {
  const int64_t in = weights.dims()[0], out = weights.dims()[1];
  const ProductKey key = {owner,          mark,           in,     out, rows,   int64_t(source.type),
                          source.rowStride, source.columnStride, int64_t(target.type), target.rowStride, target.columnStride,
                          biased,         add,            currentThreads()};
  if (const Product* known = knownProduct(key)) return *known;
  const memory::desc from({rows, in}, dataType(source.type), {source.rowStride, source.columnStride});
  const memory::desc to({rows, out}, dataType(target.type), {target.rowStride, target.columnStride});
  return rememberProduct(key, makeProduct(from, weights, to, biased, add));
}

/** Width of the parts that a matrix is cut into; 0: it stays whole. */
int64_t sideOfParts(int64_t in, int64_t out, Type type) {
  const int64_t narrow = std::min(in, out), wide = std::max(in, out);
  if (type != Type::bf16 || !hasBf16()) return 0;
  return narrow % Panels::width == 0 && narrow >= 256 && wide >= 4 * narrow ? narrow : 0;
}
}  // namespace

PackedMatrix::PackedMatrix(const float* values, int64_t inFeatures, int64_t outFeatures, bool outIn, Type type)
    : inFeatures_(inFeatures), outFeatures_(outFeatures), type_(type) {
  const memory::desc given({inFeatures, outFeatures}, memory::data_type::f32,
                           outIn ? memory::dims{1, inFeatures} : memory::dims{outFeatures, 1});
  if (type == Type::bf16 && !hasBf16()) {
    widened_ = std::make_unique<WidenedMatrix>(values, inFeatures, outFeatures, outIn);
    return;
  }
  memory from(given, cpu(), const_cast<float*>(values));
  side_ = sideOfParts(inFeatures, outFeatures, type);
  if (side_ == 0) {
    directions_[0] = packed(inFeatures, outFeatures, from);
    return;
  }
  for (int64_t at = 0; at < std::max(inFeatures, outFeatures); at += side_) {
    const bool columns = cutAcrossOutputs();
    const int64_t in = columns ? inFeatures : std::min(side_, inFeatures - at);
    const int64_t out = columns ? std::min(side_, outFeatures - at) : outFeatures;
    memory slice(given.submemory_desc({in, out}, {columns ? 0 : at, columns ? at : 0}), cpu(),
                 const_cast<float*>(values));
    parts_.emplace_back(new PackedMatrix(slice, in, out, type));
  }
}

PackedMatrix::PackedMatrix(memory& from, int64_t inFeatures, int64_t outFeatures, Type type)
    : inFeatures_(inFeatures), outFeatures_(outFeatures), type_(type) {
  directions_[0] = packed(inFeatures, outFeatures, from);
}

/** @param from the matrix `[in, out]` of this direction, in any layout and type */
std::unique_ptr<PackedMatrix::Direction> PackedMatrix::packed(int64_t in, int64_t out, dnnl::memory& from) const {
  const memory::desc source({usualRows, in}, dataType(type_), {in, 1});
  const memory::desc target({usualRows, out}, dataType(type_), {out, 1});
  const Product usual = makeProduct(source, anyLayout(in, out, type_), target, false, false);
  std::unique_ptr<Direction> made(new Direction{in, out, {}, {}, nextId++});
  made->add(from, isRowMajor(usual.weights) && type_ == Type::f32 ? rowMajorDesc(in, out) : usual.weights);
  return made;
}

PackedMatrix::Direction& PackedMatrix::direction(bool backward) {
  if (backward && directions_[1] == nullptr) {
    const memory& forward = directions_[0]->layouts.front();
    memory turned(forward.get_desc().permute_axes({1, 0}), cpu(), forward.get_data_handle());
    directions_[1] = packed(outFeatures_, inFeatures_, turned);
  }
  return *directions_[backward ? 1 : 0];
}

Panels PackedMatrix::panels() const {
  if (!parts_.empty() || widens()) return {};
  const memory& forward = directions_[0]->layouts.front();
  const dnnl_memory_desc_t& desc = forward.get_desc().data;
  if (desc.format_kind != dnnl_blocked || desc.offset0 != 0) return {};
  const dnnl_blocking_desc_t& blocking = desc.format_desc.blocking;
  const int64_t depth = desc.padded_dims[0], pair = type_ == Type::bf16 ? 2 : 1, step = 16;
  const int64_t sizes[] = {step, Panels::width, pair}, axes[] = {0, 1, 0};
  const int count = pair == 2 ? 3 : 2;
  if (blocking.inner_nblks != count) return {};
  for (int i = 0; i < count; i++) {
    if (blocking.inner_blks[i] != sizes[i] || blocking.inner_idxs[i] != axes[i]) return {};
  }
  const bool panelAfterPanel = blocking.strides[0] == step * pair * Panels::width &&
                               blocking.strides[1] == depth * Panels::width;
  return panelAfterPanel ? Panels{forward.get_data_handle(), depth} : Panels{};
}

RowMajor PackedMatrix::rowMajor() const {
  if (widens()) return widened_->rowMajor();
  if (type_ != Type::f32) return {};
  const memory& forward = directions_[0]->layouts.front();
  const memory::desc desc = forward.get_desc();
  if (!isRowMajor(desc)) return {};
  const int64_t stride = desc.data.format_desc.blocking.strides[0];
  return {forward.get_data_handle(), Type::f32, inFeatures_, outFeatures_, stride, 16};
}

Elements PackedMatrix::elements() const {
  if (type_ != Type::f32) throw std::logic_error("only float32 matrices lie in one piece everywhere");
  const memory& forward = directions_[0]->layouts.front();
  const dnnl_memory_desc_t desc = forward.get_desc().data;
  const dnnl_blocking_desc_t& blocking = desc.format_desc.blocking;
  if (desc.format_kind != dnnl_blocked || blocking.inner_nblks > 4) throw std::logic_error("an unknown layout");
  const float* data = static_cast<const float*>(forward.get_data_handle()) + desc.offset0;
  Elements found{data, {blocking.strides[0], blocking.strides[1]}, blocking.inner_nblks, {}, {}};
  for (int i = 0; i < found.blocks; i++) {
    found.sizes[i] = blocking.inner_blks[i];
    found.axes[i] = static_cast<int>(blocking.inner_idxs[i]);
  }
  return found;
}

PackedMatrix::~PackedMatrix() {
  for (const auto& direction : directions_) {
    if (direction != nullptr) forgetProducts(direction->id);
  }
}

int64_t PackedMatrix::bytes() const {
  size_t total = 0;
  for (const auto& direction : directions_) {
    if (direction == nullptr) continue;
    for (const memory& layout : direction->layouts) total += layout.get_desc().get_size();
  }
  for (const auto& part : parts_) total += part->bytes();
  if (widens()) total += widened_->bytes();
  return static_cast<int64_t>(total);
}

void PackedMatrix::apply(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias,
                         bool add) {
  if (widens()) return widened_->apply(backward, rows, source, target, bias, add);
  if (!parts_.empty()) return applyParts(backward, rows, source, target, bias, add);
  if (type_ == Type::f32 && isRowMajor(directions_[0]->layouts.front().get_desc())) {
    return applyRowMajor(backward, rows, source, target, bias, add);
  }
  if (backward && type_ == Type::f32) return applyTurned(rows, source, target, bias, add);
  Direction& direction = this->direction(backward);
  const Product& product =
      prepared(directions_[0]->id, backward, rows, source, target, anyLayout(direction.in, direction.out, type_),
               bias != nullptr, add);
  execute(product, source.data, direction.layout(product.weights), target.data, bias);
}

void PackedMatrix::applyRowMajor(bool backward, int64_t rows, const Matrix& source, const Matrix& target,
                                 const float* bias, bool add) {
  const RowMajor lies = rowMajor();
  const float* data = static_cast<const float*>(lies.data);
  const Matrix weights = backward ? matrix(data, 1, lies.stride) : matrix(data, lies.stride);
  const int64_t k = backward ? lies.out : lies.in, n = backward ? lies.in : lies.out;
  multiply(rows, n, k, source, weights, target, add, 1, bias);
}

void PackedMatrix::applyTurned(int64_t rows, const Matrix& source, const Matrix& target, const float* bias, bool add) {
  const memory& stored = directions_[0]->layouts.front();
  const int64_t in = inFeatures_, out = outFeatures_;
  const int64_t most = std::max(turnedStep, mostTurned / in / turnedStep * turnedStep);
  const int64_t slices = (out + most - 1) / most;
  const int64_t slice = ((out + slices - 1) / slices + turnedStep - 1) / turnedStep * turnedStep;
  for (int64_t at = 0; at < out; at += slice) {
    const int64_t count = std::min(slice, out - at);
    const memory::desc lies = stored.get_desc().submemory_desc({in, count}, {0, at}).permute_axes({1, 0});
    memory from(lies, cpu(), stored.get_data_handle());
    const Product& product =
        prepared(directions_[0]->id, 1, rows, source.from(at), target, anyLayout(count, in, type_),
                 bias != nullptr && at == 0, add || at > 0);
    char* buffer = workspace().take<char>(Slot::turnedWeights, static_cast<int64_t>(product.weights.get_size()));
    memory turned(product.weights, cpu(), buffer);
    dnnl::reorder(from, turned).execute(stream(), from, turned);
    execute(product, source.from(at).data, turned, target.data, at == 0 ? bias : nullptr);
  }
}

void PackedMatrix::applyParts(bool backward, int64_t rows, const Matrix& source, const Matrix& target,
                              const float* bias, bool add) {
  const bool sums = backward == cutAcrossOutputs();
  if (sums && target.type != Type::f32) {
    throw std::logic_error("parts of a matrix are summed in float32 only");
  }
  for (int64_t i = 0; i < parts(); i++) {
    const int64_t at = i * side_;
    if (sums) {
      parts_[i]->apply(backward, rows, source.from(at), target, i == 0 ? bias : nullptr, add || i > 0);
    } else {
      parts_[i]->apply(backward, rows, source, target.from(at), bias == nullptr ? nullptr : bias + at, add);
    }
  }
}

}  // namespace dylora
