#include "addon/arguments.hpp"

#include <cmath>

namespace dylora {

void check(napi_status status) {
  if (status != napi_ok) throw std::runtime_error("Node-API refused a call");
}

napi_value number(napi_env env, double value) {
  napi_value result;
  check(napi_create_double(env, value, &result));
  return result;
}

int64_t product(int64_t a, int64_t b, int64_t c) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result) || __builtin_mul_overflow(result, c, &result) || result > (int64_t(1) << 40)) {
    throw BadArgument("the sizes are too large");
  }
  return result;
}

void Value::refuse(const std::string& wanted) const { throw BadArgument(name_ + " should be " + wanted); }

Value Value::operator[](const char* property) const {
  napi_valuetype type;
  check(napi_typeof(env_, value_, &type));
  if (type != napi_object) refuse("an object");
  napi_value found;
  check(napi_get_named_property(env_, value_, property, &found));
  return {env_, found, name_ + "." + property};
}

uint32_t Value::length() const {
  bool isArray = false;
  check(napi_is_array(env_, value_, &isArray));
  if (!isArray) refuse("an array");
  uint32_t length = 0;
  check(napi_get_array_length(env_, value_, &length));
  return length;
}

Value Value::operator[](uint32_t index) const {
  if (index >= length()) refuse("an array of more than " + std::to_string(index) + " elements");
  napi_value found;
  check(napi_get_element(env_, value_, index, &found));
  return {env_, found, name_ + "[" + std::to_string(index) + "]"};
}

bool Value::absent() const {
  napi_valuetype type;
  check(napi_typeof(env_, value_, &type));
  return type == napi_null || type == napi_undefined;
}

bool Value::boolean() const {
  bool result;
  if (napi_get_value_bool(env_, value_, &result) != napi_ok) refuse("true or false");
  return result;
}

double Value::number() const {
  double result;
  if (napi_get_value_double(env_, value_, &result) != napi_ok) refuse("a number");
  return result;
}

int64_t Value::count(int64_t least) const {
  const double given = number();
  if (!(given >= static_cast<double>(least) && given <= 2147483647.0) || given != std::floor(given)) {
    refuse("a whole number of at least " + std::to_string(least));
  }
  return static_cast<int64_t>(given);
}

uint32_t Value::word() const {
  const double given = number();
  if (!(given >= -2147483648.0 && given <= 4294967295.0) || given != std::floor(given)) refuse("a 32-bit word");
  return static_cast<uint32_t>(static_cast<int64_t>(given));
}

void* Value::array(napi_typedarray_type type, const char* wanted, int64_t* length) const {
  bool isTyped = false;
  check(napi_is_typedarray(env_, value_, &isTyped));
  if (!isTyped) refuse(wanted);
  napi_typedarray_type found;
  size_t count;
  void* data;
  check(napi_get_typedarray_info(env_, value_, &found, &count, &data, nullptr, nullptr));
  if (found != type) refuse(wanted);
  *length = static_cast<int64_t>(count);
  return data;
}

float* Value::floats(int64_t size) const {
  int64_t length;
  void* data = array(napi_float32_array, "a Float32Array", &length);
  if (length != size) refuse("of " + std::to_string(size) + " numbers, not " + std::to_string(length));
  return static_cast<float*>(data);
}

const int32_t* Value::integers(int64_t size) const {
  int64_t length;
  void* data = array(napi_int32_array, "an Int32Array", &length);
  if (length != size) refuse("of " + std::to_string(size) + " numbers, not " + std::to_string(length));
  return static_cast<const int32_t*>(data);
}

const double* Value::doubles(int64_t size) const {
  int64_t length;
  void* data = array(napi_float64_array, "a Float64Array", &length);
  if (length != size) refuse("of " + std::to_string(size) + " numbers, not " + std::to_string(length));
  return static_cast<const double*>(data);
}

int64_t Value::integerCount() const {
  int64_t length;
  array(napi_int32_array, "an Int32Array", &length);
  return length;
}

int64_t Value::floatCount() const {
  int64_t length;
  array(napi_float32_array, "a Float32Array", &length);
  return length;
}

void* Value::handle(const napi_type_tag& tag) const {
  napi_valuetype type;
  check(napi_typeof(env_, value_, &type));
  bool ours = false;
  if (type == napi_object) check(napi_check_object_type_tag(env_, value_, &tag, &ours));
  if (!ours) refuse("a packed matrix of this addon");
  void* data = nullptr;
  check(napi_unwrap(env_, value_, &data));
  return data;
}

}  // namespace dylora
