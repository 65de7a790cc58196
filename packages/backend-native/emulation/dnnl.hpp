// Stands before oneDNN's header of this name in an emulated build: oneDNN as it is on the emulated CPU. It names that CPU,
// lays weights out in the panels it takes there, and multiplies what it could not here, in float32.
#pragma once
#include <oneapi/dnnl/dnnl.hpp>

#include <memory>
#include <unordered_map>

namespace dnnl {

cpu_isa emulatedIsa();

/** As {@link dnnl::matmul}, with the post-operations `binary_mul` and `sum`. */
struct EmulatedMatmul {
  struct desc {
    memory::desc source, weights, target;
    bool biased;
    desc(const memory::desc& from, const memory::desc& right, const memory::desc& to)
        : source(from), weights(right), target(to), biased(false) {}
    desc(const memory::desc& from, const memory::desc& right, const memory::desc&, const memory::desc& to)
        : source(from), weights(right), target(to), biased(true) {}
  };

  struct primitive_desc {
    primitive_desc(const desc& given, const primitive_attr& attributes, const engine& where);
    memory::desc weights_desc() const { return chosen.weights; }
    memory::desc scratchpad_desc() const { return {}; }

    desc chosen;
    primitive_attr attributes;
  };

  EmulatedMatmul() = default;
  explicit EmulatedMatmul(const primitive_desc& made) : made_(std::make_shared<primitive_desc>(made)) {}
  void execute(const stream& on, const std::unordered_map<int, memory>& arguments) const;

 private:
  std::shared_ptr<primitive_desc> made_;
};

/** As {@link dnnl::reorder}, also to and from bfloat16. */
struct EmulatedReorder {
  EmulatedReorder(const memory&, const memory&) {}
  void execute(const stream& on, memory& from, memory& to) const;
};

}  // namespace dnnl

#ifndef DYLORA_EMULATION
#define matmul EmulatedMatmul
#define reorder EmulatedReorder
#define get_effective_cpu_isa emulatedIsa
#endif
