// Where a step's time goes: with -DDYLORA_PROFILE the processor time of the calling thread by part, printed at exit.
#pragma once

#ifdef DYLORA_PROFILE
#include <time.h>

#include <cstdio>
#include <map>
#include <string>

namespace dylora {

class Part {
 public:
  explicit Part(const char* name) : name_(name), start_(now()) {}
  ~Part() { totals().seconds[name_] += now() - start_; }

 private:
  struct Totals {
    std::map<std::string, double> seconds;
    ~Totals() {
      for (const auto& [name, total] : seconds) std::fprintf(stderr, "%-40s %9.1f ms\n", name.c_str(), total * 1e3);
    }
  };

  static Totals& totals() {
    static Totals instance;
    return instance;
  }

  static double now() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  const char* name_;
  double start_;
};

}  // namespace dylora

#define DYLORA_JOIN_(a, b) a##b
#define DYLORA_JOIN(a, b) DYLORA_JOIN_(a, b)
#define DYLORA_PART(name) const dylora::Part DYLORA_JOIN(part, __LINE__)(name)
#else
#define DYLORA_PART(name) static_cast<void>(0)
#endif
