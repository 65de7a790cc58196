// How functions are shown to JavaScript: each takes the lock, and computes on all threads; what C++ throws becomes a
// JavaScript error.
#pragma once
#include <pthread.h>
#include <signal.h>

#include <mutex>

#include "addon/arguments.hpp"
#include "common/threads.hpp"

namespace dylora {

/** One computation at a time: buffers and prepared products are shared. A finaliser may run within a call. */
inline std::recursive_mutex addonLock;

struct Arguments {
  napi_env env;
  std::vector<Value> values;
  const Value& operator[](size_t index) const { return values[index]; }
};

using Function = napi_value (*)(const Arguments&);

/**
 * Holds signals back while oneDNN computes: the general product of its version 2.6 keeps data below the stack pointer,
 * where a signal handler (V8's profiler, a child's end, Ctrl+C) would overwrite it. Threads that are started meanwhile
 * inherit this, so handlers never run on them.
 */
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&held, fault);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

template <Function function, size_t arity>
napi_value call(napi_env env, napi_callback_info info) {
  try {
    size_t given = arity;
    napi_value values[arity + 1];
    check(napi_get_cb_info(env, info, &given, values, nullptr, nullptr));
    if (given < arity) throw BadArgument("too few arguments");
    Arguments arguments{env, {}};
    for (size_t i = 0; i < arity; i++) arguments.values.emplace_back(env, values[i], "argument " + std::to_string(i + 1));
    const std::lock_guard<std::recursive_mutex> guard(addonLock);
    const SignalsHeld held;
    useThreads();
    return function(arguments);
  } catch (const BadArgument& error) {
    napi_throw_type_error(env, "ERR_DYLORA_ARGUMENT", error.what());
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "ERR_DYLORA_MEMORY", "there is not enough memory");
  } catch (const std::exception& error) {
    napi_throw_error(env, "ERR_DYLORA_NATIVE", error.what());
  }
  return nullptr;
}

/** A property of the addon's exports. */
template <Function function, size_t arity>
napi_property_descriptor exported(const char* name) {
  return {name, nullptr, call<function, arity>, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

}  // namespace dylora
