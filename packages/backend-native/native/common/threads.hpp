// Threads that every computation uses.
#pragma once
#include <cstdint>

namespace dylora {

/** Threads every computation uses. */
int currentThreads();
/** Sets them, from the next call from JavaScript on. */
void setThreads(int count);
/** Makes the setting hold for the calling thread; at the start of every call from JavaScript. */
void useThreads();

/** Runs `work(row)` for each row, on all threads where the rows are long enough to be worth it. */
template <class Work>
void forRows(int64_t rows, int64_t columns, const Work& work) {
#pragma omp parallel for schedule(static) if (rows * columns > 8192)
  for (int64_t row = 0; row < rows; row++) work(row);
}

}  // namespace dylora
