// Memory on cache-line boundaries; allocation may fail and says so (exceptions are off).
#pragma once

#include <sys/mman.h>

#include <cstdlib>
#include <utility>

#include "kernels/kernels.h"

namespace pathact {

template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;
  AlignedArray(AlignedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  AlignedArray& operator=(AlignedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~AlignedArray() { release(); }

  // False when there is no memory. The content is not initialised.
  [[nodiscard]] bool allocate(size_t count) {
    release();
    if (count > (size_t(1) << 46) / sizeof(T)) return false;
    bytes_ = round_up(count * sizeof(T) + 1, 64);
    void* data = is_mapped() ? mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                             : std::aligned_alloc(64, bytes_);
    data_ = data == MAP_FAILED ? nullptr : static_cast<T*>(data);
    return data_ != nullptr;
  }
  T* data() const { return data_; }
  T& operator[](size_t i) const { return data_[i]; }

 private:
  // Large pieces come from the system and go back to it at once: in the heap, those that are freed between others that
  // stay would be lost to everybody else.
  bool is_mapped() const { return bytes_ >= (size_t(1) << 18); }

  void release() {
    if (data_ && is_mapped())
      munmap(data_, bytes_);
    else
      std::free(data_);
    data_ = nullptr;
  }

  T* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace pathact
