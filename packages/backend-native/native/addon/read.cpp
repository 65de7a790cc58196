#include "addon/read.hpp"

#include <memory>

namespace dylora {

const napi_type_tag packedTag = {0x6479'6c6f'7261'0001ULL, 0x7061'636b'6564'0001ULL};

PackedMatrix& packedOf(const Value& value) {
  auto* packed = static_cast<std::unique_ptr<PackedMatrix>*>(value.handle(packedTag));
  if (packed == nullptr || *packed == nullptr) value.refuse("a packed matrix that has not been released");
  return **packed;
}

Dropout dropoutOf(const Value& value) {
  if (value.absent()) return {};
  Dropout dropout;
  dropout.on = true;
  dropout.key = value["key"].word();
  dropout.firstExample = value["firstExample"].word();
  dropout.limit = value["limit"].word();
  dropout.keep = static_cast<float>(value["keep"].number());
  return dropout;
}

AttentionShape attentionOf(const Value& value, int64_t maskLength) {
  AttentionShape shape;
  shape.batch = value["batch"].count(1);
  shape.length = value["length"].count(1);
  shape.queries = shape.length;
  shape.heads = value["heads"].count(1);
  shape.size = value["size"].count(1);
  shape.causal = value["causal"].boolean();
  shape.mask = value["mask"].floatsOrNull(product(shape.batch, maskLength == 0 ? shape.length : maskLength));
  shape.dropout = dropoutOf(value["dropout"]);
  product(product(shape.batch, shape.length), product(shape.heads, shape.size, 3));
  return shape;
}

PairSet pairsOf(const Value& list, int64_t rows, int64_t length, int64_t in, int64_t out, bool gradients) {
  PairSet set{rows, length, in, {}};
  const uint32_t count = list.length();
  for (uint32_t i = 0; i < count; i++) {
    const Value value = list[i];
    Pair pair;
    pair.column = value["column"].count();
    pair.rank = value["rank"].count(1);
    pair.outFeatures = value["outFeatures"].count(1);
    if (pair.column + pair.outFeatures > out) value.refuse("within the columns of its layer");
    pair.A = value["A"].floats(product(pair.rank, in));
    pair.Bt = value["Bt"].floats(product(pair.rank, pair.outFeatures));
    const Value gate = value["gate"];
    pair.gateStride = value["gateOfExample"].boolean() ? pair.rank : 0;
    pair.gate = gate.floatsOrNull(pair.gateStride == 0 ? pair.rank : product(rows / length, pair.rank));
    pair.factor = static_cast<float>(value["factor"].number());
    pair.dropout = dropoutOf(value["dropout"]);
    pair.dA = gradients ? value["dA"].floats(product(pair.rank, in)) : nullptr;
    pair.dBt = gradients ? value["dBt"].floats(product(pair.rank, pair.outFeatures)) : nullptr;
    set.pairs.push_back(pair);
  }
  return set;
}

namespace {
const char* const layerNames[layerCount] = {"qkv", "attentionOutput", "intermediate", "output"};
}  // namespace

Block blockOf(const Value& value, bool gradients, int64_t maskLength) {
  Block block;
  block.attention = attentionOf(value["attention"], maskLength);
  block.batch = block.attention.batch;
  block.length = block.attention.length;
  block.hidden = block.attention.heads * block.attention.size;
  block.inner = value["inner"].count(1);
  const Value wanted = value["firstTokens"];
  block.wanted = wanted.absent() ? block.length : wanted.count(1);
  if (block.wanted > block.length) wanted.refuse("at most the tokens of a sequence");
  block.attention.queries = block.wanted;
  block.preNorm = value["preNorm"].boolean();
  block.tanhForm = value["tanhForm"].boolean();
  block.epsilon = static_cast<float>(value["epsilon"].number());
  product(block.rows(), 16 * block.hidden, block.inner);
  const int64_t in[layerCount] = {block.hidden, block.hidden, block.hidden, block.inner};
  const int64_t out[layerCount] = {3 * block.hidden, block.hidden, block.inner, block.hidden};
  for (int layer = 0; layer < layerCount; layer++) {
    const Value part = value[layerNames[layer]];
    PackedMatrix& weights = packedOf(part["weight"]);
    if (weights.inFeatures() != in[layer] || weights.outFeatures() != out[layer]) {
      part.refuse("a weight of " + std::to_string(in[layer]) + " by " + std::to_string(out[layer]));
    }
    block.weights[layer] = &weights;
    if (weights.type() != block.weights[0]->type()) part.refuse("of the same type as the other weights");
    block.bias[layer] = part["bias"].floatsOrNull(out[layer]);
    const int64_t length = layer == qkvLayer ? block.length : block.wanted;
    block.pairs[layer] = pairsOf(part["pairs"], block.rowsOf(layer), length, in[layer], out[layer], gradients);
  }
  block.attentionGamma = value["attentionGamma"].floats(block.hidden);
  block.attentionBeta = value["attentionBeta"].floats(block.hidden);
  block.outputGamma = value["outputGamma"].floats(block.hidden);
  block.outputBeta = value["outputBeta"].floats(block.hidden);
  block.contextDropout = dropoutOf(value["contextDropout"]);
  block.outputDropout = dropoutOf(value["outputDropout"]);
  return block;
}

}  // namespace dylora
