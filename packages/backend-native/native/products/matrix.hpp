// A matrix in memory: its numbers' type, and the strides from one to the next.
#pragma once
#include "common/types.hpp"

namespace dylora {

enum class Type { f32, bf16 };

template <class T>
constexpr Type typeOf();
template <>
constexpr Type typeOf<float>() {
  return Type::f32;
}
template <>
constexpr Type typeOf<bf16>() {
  return Type::bf16;
}

/** A matrix in memory: strides in elements from row to row and from column to column. */
struct Matrix {
  Type type;
  void* data;
  int64_t rowStride;
  int64_t columnStride;
  /** Elements from one matrix of a stack to the next. */
  int64_t stackStride = 0;

  /** The same from a column, from a row, or from a matrix of the stack on. */
  Matrix from(int64_t column) const { return at(column * columnStride); }
  Matrix below(int64_t row) const { return at(row * rowStride); }
  Matrix inStack(int64_t index) const { return at(index * stackStride); }

 private:
  Matrix at(int64_t element) const {
    const int64_t bytes = element * (type == Type::bf16 ? 2 : 4);
    return {type, static_cast<char*>(data) + bytes, rowStride, columnStride, stackStride};
  }
};

template <class T>
Matrix matrix(const T* data, int64_t rowStride, int64_t columnStride = 1, int64_t stackStride = 0) {
  return {typeOf<T>(), const_cast<T*>(data), rowStride, columnStride, stackStride};
}

}  // namespace dylora
