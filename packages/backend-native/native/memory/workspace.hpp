// Buffers that live from call to call: no page faults and no clearing once they have grown.
#pragma once
#include <cstdlib>
#include <new>

#include "common/types.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

namespace dylora {

/** Names of buffers; two that are in use at the same time have different names. */
enum class Slot {
  oneDnn,
  converted,
  hiddenA,
  hiddenB,
  hiddenC,
  hiddenD,
  wanted,
  wide,
  packedColumns,
  bottleneck,
  bottleneckGradient,
  bottleneckConverted,
  factors,
  factorGradients,
  dropped,
  dense,
  heads,
  paddedInput,
  scores,
  turnedWeights,
  widenedWeights,
  widenedSource,
  widenedSums,
  count,
};

/** Grow-only buffers by name. Uninitialised. */
class Workspace {
 public:
  template <class T = float>
  T* take(Slot slot, int64_t count) {
    return static_cast<T*>(bytes(slot, static_cast<size_t>(count < 1 ? 1 : count) * sizeof(T)));
  }

  /** Frees every buffer. */
  void trim() {
    for (auto& buffer : buffers_) {
      std::free(buffer.data);
      buffer = {};
    }
  }

 private:
  struct Buffer {
    void* data = nullptr;
    size_t size = 0;
  };

  void* bytes(Slot slot, size_t size) {
    Buffer& buffer = buffers_[static_cast<int>(slot)];
    if (buffer.size < size) {
      std::free(buffer.data);
      buffer = {};
      const size_t rounded = (size + 4095) / 4096 * 4096;
      buffer.data = std::aligned_alloc(64, rounded);
      if (buffer.data == nullptr) throw std::bad_alloc();
      buffer.size = rounded;
    }
    // What was not asked for this time is nobody's.
    ASAN_UNPOISON_MEMORY_REGION(buffer.data, size);
    ASAN_POISON_MEMORY_REGION(static_cast<char*>(buffer.data) + size, buffer.size - size);
    return buffer.data;
  }

  Buffer buffers_[static_cast<int>(Slot::count)];
};

/** The process's buffers; whoever uses them holds the addon's lock. */
Workspace& workspace();

}  // namespace dylora
