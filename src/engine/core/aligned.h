// Memory on cache-line boundaries; allocation may fail and says so (exceptions are off).
#pragma once

#include <cstdlib>
#include <utility>

#include "kernels/kernels.h"

namespace pathact {

template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;
  AlignedArray(AlignedArray&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  AlignedArray& operator=(AlignedArray&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~AlignedArray() { std::free(data_); }

  // False when there is no memory. The content is not initialised.
  [[nodiscard]] bool allocate(size_t count) {
    std::free(data_);
    data_ = nullptr;
    if (count > (size_t(1) << 46) / sizeof(T)) return false;
    data_ = static_cast<T*>(std::aligned_alloc(64, round_up(count * sizeof(T) + 1, 64)));
    return data_ != nullptr;
  }
  T* data() const { return data_; }
  T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
};

}  // namespace pathact
