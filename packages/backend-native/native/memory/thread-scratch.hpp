// Memory of each thread within one computation.
#pragma once
#include <omp.h>

#include "common/threads.hpp"
#include "memory/workspace.hpp"

namespace dylora {

/** Scratch for every thread; taken before the threads start, so that a lack of memory can be thrown. */
class Scratch {
 public:
  explicit Scratch(int64_t floats)
      : floats_((floats + 15) / 16 * 16), data_(workspace().take(Slot::heads, floats_ * currentThreads())) {}
  float* ofThread() const { return data_ + floats_ * omp_get_thread_num(); }

 private:
  int64_t floats_;
  float* data_;
};

}  // namespace dylora
