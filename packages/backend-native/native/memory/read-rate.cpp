#include "memory/read-rate.hpp"

#include <omp.h>

#include <cstring>

#include "memory/large-buffer.hpp"

namespace dylora {

double readRate(int64_t bytes) {
  const LargeBuffer buffer(static_cast<size_t>(bytes));
  const uint64_t* words = static_cast<const uint64_t*>(buffer.data());
  const int64_t line = 8, lines = bytes / (line * static_cast<int64_t>(sizeof(uint64_t)));
  std::memset(buffer.data(), 1, static_cast<size_t>(bytes));
  double best = 0;
  for (int pass = 0; pass < 7; pass++) {
    uint64_t total = 0;
    const double start = omp_get_wtime();
#pragma omp parallel for schedule(static) reduction(+ : total)
    for (int64_t at = 0; at < lines; at++) {
      const uint64_t* from = words + at * line;
      __builtin_prefetch(from + 16 * line);
      uint64_t sum = 0;
      for (int64_t i = 0; i < line; i++) sum += from[i];
      total += sum;
    }
    const double rate = static_cast<double>(bytes) / (omp_get_wtime() - start);
    // The sum is used, so that the reading is not left out.
    if (total != 0 && rate > best) best = rate;
  }
  return best;
}

}  // namespace dylora
