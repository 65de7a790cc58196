// The boundary to JavaScript: arguments are checked here, and what C++ throws becomes a JavaScript error.
#pragma once
#include <node_api.h>

#include <string>
#include <vector>

#include "common/types.hpp"

namespace dylora {

/** Reads properties and elements of one JavaScript value. Every reader throws BadArgument when the value is not right. */
class Value {
 public:
  Value(napi_env env, napi_value value, std::string name) : env_(env), value_(value), name_(std::move(name)) {}

  Value operator[](const char* property) const;
  Value operator[](uint32_t index) const;
  uint32_t length() const;
  bool absent() const;

  bool boolean() const;
  double number() const;
  /** A whole number from `least` to 2^31 − 1. */
  int64_t count(int64_t least = 0) const;
  /** A 32-bit word, given signed or unsigned. */
  uint32_t word() const;
  /** A Float32Array of `size` numbers. */
  float* floats(int64_t size) const;
  /** The same, or null where the value is null or undefined. */
  float* floatsOrNull(int64_t size) const { return absent() ? nullptr : floats(size); }
  /** An Int32Array of `size` numbers. */
  const int32_t* integers(int64_t size) const;
  /** A Float64Array of `size` numbers. */
  const double* doubles(int64_t size) const;
  /** Length of an Int32Array. */
  int64_t integerCount() const;
  /** Length of a Float32Array. */
  int64_t floatCount() const;
  /** The C++ object behind a handle with this tag. */
  void* handle(const napi_type_tag& tag) const;

  [[noreturn]] void refuse(const std::string& wanted) const;
  napi_env env() const { return env_; }
  napi_value raw() const { return value_; }

 private:
  void* array(napi_typedarray_type type, const char* wanted, int64_t* length) const;

  napi_env env_;
  napi_value value_;
  std::string name_;
};

/** Throws when a call to Node-API failed. */
void check(napi_status status);

/** A number for JavaScript. */
napi_value number(napi_env env, double value);

/** a · b · c, refused when it does not fit. */
int64_t product(int64_t a, int64_t b, int64_t c = 1);

}  // namespace dylora
