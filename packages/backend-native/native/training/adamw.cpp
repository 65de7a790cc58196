#include "training/adamw.hpp"

#include "common/threads.hpp"
#include "cpu/instruction-set.hpp"

// A fused multiply-add rounds once where JavaScript rounds twice: a run that goes on elsewhere would drift apart.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace dylora {

#define NS portableAdamw
#include "training/adamw.inc"
#undef NS
#ifdef DYLORA_X86
#pragma GCC push_options
#pragma GCC target("avx2")
#define NS avx2Adamw
#include "training/adamw.inc"
#undef NS
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")
#define NS avx512Adamw
#include "training/adamw.inc"
#undef NS
#pragma GCC pop_options
#endif

void adamw(const AdamwArrays& arrays, const AdamwConstants& constants, const std::vector<AdamwStretch>& stretches) {
#ifdef DYLORA_X86
  const auto step = chooseBySet(portableAdamw::step, avx2Adamw::step, avx512Adamw::step);
#else
  const auto step = portableAdamw::step;
#endif
  const int64_t part = 4096;
  std::vector<AdamwStretch> parts;
  for (const AdamwStretch& stretch : stretches) {
    for (int64_t from = stretch.from; from < stretch.to; from += part) {
      parts.push_back({from, stretch.to - from < part ? stretch.to : from + part, stretch.factors});
    }
  }
  int64_t total = 0;
  for (const AdamwStretch& stretch : stretches) total += stretch.to - stretch.from;
  const int64_t count = static_cast<int64_t>(parts.size());
  forRows(count, count == 0 ? 0 : total / count, [&](int64_t index) { step(arrays, constants, parts[index]); });
}

}  // namespace dylora
