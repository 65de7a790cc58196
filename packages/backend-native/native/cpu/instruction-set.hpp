// For which instruction sets loops are compiled, and which of them this CPU has.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DYLORA_X86 1
#endif

namespace dylora {

enum class InstructionSet { portable, avx2, avx512 };

/** The best one that this CPU has. */
InstructionSet instructionSet();

/** The one of three that is compiled for it. */
template <class T>
T chooseBySet(T portable, T avx2, T avx512) {
  switch (instructionSet()) {
    case InstructionSet::avx512: return avx512;
    case InstructionSet::avx2: return avx2;
    default: return portable;
  }
}

}  // namespace dylora
