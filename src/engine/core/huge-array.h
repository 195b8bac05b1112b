// Bytes in huge pages where the system has them: weights are read from end to end for every token.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace pathact {

class HugeArray {
 public:
  static constexpr size_t page = size_t(1) << 21;

  HugeArray() = default;
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;
  ~HugeArray() {
    if (mapped_) munmap(mapped_, mapped_bytes_);
  }

  // Once. False when there is no memory. The content is zero.
  [[nodiscard]] bool allocate(size_t bytes) {
    mapped_bytes_ = round_up(bytes, page) + page;
    void* mapped = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return false;
    mapped_ = mapped;
    data_ = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(mapped), page));
#if defined(MADV_HUGEPAGE)
    madvise(data_, round_up(bytes, page), MADV_HUGEPAGE);
#endif
    return true;
  }
  uint8_t* data() const { return data_; }

 private:
  void* mapped_ = nullptr;
  size_t mapped_bytes_ = 0;
  uint8_t* data_ = nullptr;
};

}  // namespace pathact
