// The CPU that an emulated build says it runs on.
#pragma once

namespace emulation {

/** From the least to the most: Skylake-X (no bfloat16), Cooper Lake or Zen 4, Sapphire Rapids. */
enum class Cpu { avx512, bf16, amx };

/** By the environment's DYLORA_EMULATED_CPU, `avx512`, `bf16` or `amx`; the last where it is not set. */
Cpu cpu();

}  // namespace emulation
