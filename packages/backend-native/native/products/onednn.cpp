#include "products/onednn.hpp"

#include <dnnl.hpp>

namespace dylora {

bool hasBf16() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx512_core_bf16:
    case dnnl::cpu_isa::avx512_core_amx:
      return true;
    default:
      return false;
  }
}

std::string oneDnnDescription() {
  const dnnl_version_t* version = dnnl_version();
  const char* isa = "";
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx512_core_amx: isa = "AMX"; break;
    case dnnl::cpu_isa::avx512_core_bf16: isa = "AVX-512 bf16"; break;
    case dnnl::cpu_isa::avx512_core_vnni:
    case dnnl::cpu_isa::avx512_core: isa = "AVX-512"; break;
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni: isa = "AVX2"; break;
    default: isa = "no wide vectors";
  }
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch) + ", " + isa;
}

}  // namespace dylora
