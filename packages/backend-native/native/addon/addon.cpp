// The addon: all functions that JavaScript sees, those about the addon itself among them.
#include "addon/functions.hpp"
#include "common/threads.hpp"
#include "memory/workspace.hpp"
#include "products/gemm.hpp"
#include "products/onednn.hpp"
#include "rows/row-kernels.hpp"

namespace dylora {

namespace {

napi_value describe(const Arguments& arguments) {
  napi_env env = arguments.env;
  napi_value result, text, flag;
  check(napi_create_object(env, &result));
  const std::string detail = oneDnnDescription() + ", own loops " + rowKernelsName();
  check(napi_create_string_utf8(env, detail.c_str(), detail.size(), &text));
  check(napi_set_named_property(env, result, "detail", text));
  check(napi_get_boolean(env, hasBf16(), &flag));
  check(napi_set_named_property(env, result, "bfloat16", flag));
  return result;
}

napi_value setThreadsOf(const Arguments& arguments) {
  const int64_t count = arguments[0].count(1);
  if (count > 1024) arguments[0].refuse("at most 1024");
  setThreads(static_cast<int>(count));
  return nullptr;
}

napi_value trim(const Arguments&) {
  trimProducts();
  workspace().trim();
  return nullptr;
}

/** misalignment(values): bytes from the last boundary of 64 to where the array starts. */
napi_value misalignment(const Arguments& arguments) {
  const float* values = arguments[0].floats(arguments[0].floatCount());
  return number(arguments.env, static_cast<double>(reinterpret_cast<uintptr_t>(values) % 64));
}

napi_value init(napi_env env, napi_value exports) {
  std::vector<napi_property_descriptor> functions = {
      exported<describe, 0>("describe"),
      exported<setThreadsOf, 1>("setThreads"),
      exported<trim, 0>("trim"),
      exported<misalignment, 1>("misalignment"),
  };
  for (const auto& more : {matrixFunctions(), opFunctions(), lossFunctions(), blockFunctions(), generationFunctions(),
                           adamwFunctions(), elementwiseFunctions()}) {
    functions.insert(functions.end(), more.begin(), more.end());
  }
  if (napi_define_properties(env, exports, functions.size(), functions.data()) != napi_ok) return nullptr;
  return exports;
}

}  // namespace

}  // namespace dylora

NAPI_MODULE_INIT() { return dylora::init(env, exports); }
