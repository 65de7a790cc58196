#include "common/threads.hpp"

#include <omp.h>

namespace dylora {

namespace {
int threadsWanted = 1;
}  // namespace

int currentThreads() { return threadsWanted; }
void setThreads(int count) { threadsWanted = count; }
void useThreads() { omp_set_num_threads(threadsWanted); }

}  // namespace dylora
