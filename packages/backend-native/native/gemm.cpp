#include "gemm.hpp"

#include <algorithm>
#include <array>
#include <dnnl.hpp>
#include <map>
#include <vector>

#include "large-buffer.hpp"
#include "workspace.hpp"

namespace dylora {

namespace {

using dnnl::memory;

dnnl::engine& cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream() {
  static dnnl::stream stream(cpu());
  return stream;
}

memory::data_type dataType(Type type) {
  return type == Type::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

/** A product with everything that fixes its code. */
struct Product {
  dnnl::matmul primitive;
  memory::desc source, weights, target, factor, scratch;
};

using Key = std::array<int64_t, 20>;
std::map<Key, Product> products;
const size_t mostProducts = 1024;

Product& remember(const Key& key, Product&& product) {
  if (products.size() >= mostProducts) products.clear();
  return products.emplace(key, std::move(product)).first->second;
}

memory::desc plainDesc(const Matrix& m, int64_t rows, int64_t columns, int64_t stack) {
  if (stack > 1) return {{stack, rows, columns}, dataType(m.type), {m.stackStep, m.rowStep, m.columnStep}};
  return {{rows, columns}, dataType(m.type), {m.rowStep, m.columnStep}};
}

Product makeProduct(const memory::desc& source, const memory::desc& weights, const memory::desc& target, bool biased,
                    bool add, const memory::desc* factor) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (factor != nullptr) after.append_binary(dnnl::algorithm::binary_mul, *factor);
  if (add) after.append_sum(1.0f);
  attributes.set_post_ops(after);
  const memory::desc bias({1, target.dims().back()}, memory::data_type::f32, {target.dims().back(), 1});
  const dnnl::matmul::desc desc = biased ? dnnl::matmul::desc(source, weights, bias, target)
                                         : dnnl::matmul::desc(source, weights, target);
  const dnnl::matmul::primitive_desc chosen(desc, attributes, cpu());
  Product product{dnnl::matmul(chosen), source, chosen.weights_desc(), target, {}, chosen.scratchpad_desc()};
  if (factor != nullptr) product.factor = *factor;
  return product;
}

void execute(const Product& product, void* source, const memory& weights, void* target, const float* bias,
             const void* factor) {
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, memory(product.source, cpu(), source)},
      {DNNL_ARG_WEIGHTS, weights},
      {DNNL_ARG_DST, memory(product.target, cpu(), target)},
  };
  if (bias != nullptr) {
    const int64_t n = product.target.dims().back();
    const memory::desc desc({1, n}, memory::data_type::f32, {n, 1});
    arguments.emplace(DNNL_ARG_BIAS, memory(desc, cpu(), const_cast<float*>(bias)));
  }
  if (factor != nullptr) {
    arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1,
                      memory(product.factor, cpu(), const_cast<void*>(factor)));
  }
  if (product.scratch.get_size() > 0) {
    char* scratch = workspace().take<char>(Slot::oneDnn, static_cast<int64_t>(product.scratch.get_size()));
    arguments.emplace(DNNL_ARG_SCRATCHPAD, memory(product.scratch, cpu(), scratch));
  }
  product.primitive.execute(stream(), arguments);
  stream().wait();
}

}  // namespace

int currentThreads();

void multiply(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, const Matrix& c, bool add,
              int64_t stack) {
  const Key key = {0,           m,           n,           k,           stack,       add,         int64_t(a.type),
                   a.rowStep,   a.columnStep, a.stackStep, int64_t(b.type), b.rowStep, b.columnStep, b.stackStep,
                   int64_t(c.type), c.rowStep, c.columnStep, c.stackStep, currentThreads(), 0};
  auto found = products.find(key);
  Product& product = found != products.end()
                         ? found->second
                         : remember(key, makeProduct(plainDesc(a, m, k, stack), plainDesc(b, k, n, stack),
                                                     plainDesc(c, m, n, stack), false, add, nullptr));
  execute(product, a.data, memory(product.weights, cpu(), b.data), c.data, nullptr, nullptr);
}

void smallProduct(bool transposeA, bool transposeB, int64_t m, int64_t n, int64_t k, float alpha, const float* a,
                  int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc) {
  dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

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
/** Rows the first packing is made for: enough that the layout is that of training. */
const int64_t usualRows = 512;

memory::desc anyLayout(int64_t in, int64_t out, Type type) {
  return {{in, out}, dataType(type), memory::format_tag::any};
}

/** Width of the parts that a matrix is cut into; 0: it stays whole. */
int64_t sideOfParts(int64_t in, int64_t out, Type type) {
  const int64_t narrow = std::min(in, out), wide = std::max(in, out);
  const bool cut = type == Type::bf16 && narrow % Panels::width == 0 && narrow >= 256 && wide >= 4 * narrow;
  return cut ? narrow : 0;
}
}  // namespace

PackedMatrix::PackedMatrix(const float* values, int64_t inFeatures, int64_t outFeatures, bool outIn, Type type)
    : inFeatures_(inFeatures), outFeatures_(outFeatures), type_(type) {
  const memory::desc given({inFeatures, outFeatures}, memory::data_type::f32,
                           outIn ? memory::dims{1, inFeatures} : memory::dims{outFeatures, 1});
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
  const Product usual = makeProduct(source, anyLayout(in, out, type_), target, false, false, nullptr);
  std::unique_ptr<Direction> made(new Direction{in, out, {}, {}, nextId++});
  made->add(from, usual.weights);
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
  if (!parts_.empty()) return {};
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

PackedMatrix::~PackedMatrix() {
  for (const auto& direction : directions_) {
    if (direction == nullptr) continue;
    for (auto entry = products.begin(); entry != products.end();) {
      entry = entry->first[0] == direction->id ? products.erase(entry) : std::next(entry);
    }
  }
}

int64_t PackedMatrix::bytes() const {
  size_t total = 0;
  for (const auto& direction : directions_) {
    if (direction == nullptr) continue;
    for (const memory& layout : direction->layouts) total += layout.get_desc().get_size();
  }
  for (const auto& part : parts_) total += part->bytes();
  return static_cast<int64_t>(total);
}

void PackedMatrix::apply(bool backward, int64_t rows, const Matrix& source, const Matrix& target, const float* bias,
                         bool add, const void* factor) {
  if (!parts_.empty()) return applyParts(backward, rows, source, target, bias, add, factor);
  Direction& direction = this->direction(backward);
  const Key key = {direction.id,         rows, int64_t(source.type), source.rowStep, int64_t(target.type),
                   target.rowStep, bias != nullptr, add, factor != nullptr, currentThreads()};
  auto found = products.find(key);
  if (found == products.end()) {
    const memory::desc from = plainDesc(source, rows, direction.in, 1);
    const memory::desc to = plainDesc(target, rows, direction.out, 1);
    const memory::desc like({rows, direction.out}, dataType(type_), {target.rowStep, 1});
    Product made = makeProduct(from, anyLayout(direction.in, direction.out, type_), to, bias != nullptr, add,
                               factor != nullptr ? &like : nullptr);
    remember(key, std::move(made));
    found = products.find(key);
  }
  const Product& product = found->second;
  execute(product, source.data, direction.layout(product.weights), target.data, bias, factor);
}

void PackedMatrix::applyParts(bool backward, int64_t rows, const Matrix& source, const Matrix& target,
                              const float* bias, bool add, const void* factor) {
  const bool sums = backward == cutAcrossOutputs();
  if (sums && (target.type != Type::f32 || factor != nullptr)) {
    throw std::logic_error("parts of a matrix are summed in float32 only");
  }
  for (int64_t i = 0; i < parts(); i++) {
    const int64_t at = i * side_;
    if (sums) {
      parts_[i]->apply(backward, rows, source.from(at), target, i == 0 ? bias : nullptr, add || i > 0);
    } else {
      const void* slice = factor == nullptr ? nullptr : static_cast<const bf16*>(factor) + at;
      parts_[i]->apply(backward, rows, source, target.from(at), bias == nullptr ? nullptr : bias + at, add, slice);
    }
  }
}

bool hasBf16() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx512_core_bf16:
    case dnnl::cpu_isa::avx512_core_amx:
      return true;
    default:
      return false;
  }
}

std::string engineDescription() {
  const dnnl_version_t* version = dnnl_version();
  const char* isa = "";
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx512_core_amx: isa = "AMX"; break;
    case dnnl::cpu_isa::avx512_core_bf16: isa = "AVX-512 bf16"; break;
    case dnnl::cpu_isa::avx512_core_vnni:
    case dnnl::cpu_isa::avx512_core: isa = "AVX-512"; break;
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni: isa = "AVX2"; break;
    default: isa = "no wide vectors";
  }
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + ", " + isa;
}

void trimProducts() { products.clear(); }

Workspace& workspace() {
  static Workspace instance;
  return instance;
}

}  // namespace dylora
