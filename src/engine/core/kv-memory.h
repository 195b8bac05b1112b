// The memory of keys and values: pieces of few sizes out of huge pages, where the system has them. For every token each
// layer reads a few kilobytes of every block; with ordinary pages each of them is looked up in the page tables first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace pathact {

// Thread-safe; outlives the engine where blocks do.
class KvMemory {
 public:
  // What is freed between pieces in use goes back to the system at once, for who has little memory, or serves the next
  // piece of its size.
  explicit KvMemory(bool gives_back) : gives_back_(gives_back) {}
  KvMemory(const KvMemory&) = delete;
  KvMemory& operator=(const KvMemory&) = delete;
  ~KvMemory();

  // On a cache line, not initialised; nullptr when there is no memory.
  void* allocate(size_t bytes);
  void release(void* piece, size_t bytes);
  // Of all pieces in use.
  size_t bytes() const;

 private:
  struct Chunk {
    uint8_t* start;
    int used = 0;
    std::vector<bool> is_used;
  };
  // All chunks of pieces of one size.
  struct Pool {
    size_t piece_bytes, chunk_bytes;
    std::vector<Chunk> chunks;
  };

  Pool& pool_of(size_t bytes);
  void* allocate_from(Pool& pool);
  void release_to(Pool& pool, uint8_t* piece);

  const bool gives_back_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;
  std::vector<Pool> pools_;
};

// An array of it.
template <class T>
class KvArray {
 public:
  KvArray() = default;
  KvArray(KvArray&& other) noexcept { *this = std::move(other); }
  KvArray& operator=(KvArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~KvArray() { reset(); }

  T* data() const { return data_; }
  // False when there is no memory. The content is not initialised.
  [[nodiscard]] bool allocate(size_t count, const std::shared_ptr<KvMemory>& memory) {
    reset();
    data_ = static_cast<T*>(memory->allocate(count * sizeof(T)));
    if (!data_) return false;
    bytes_ = count * sizeof(T);
    memory_ = memory;
    return true;
  }
  void reset() {
    if (data_) memory_->release(data_, bytes_);
    data_ = nullptr;
    memory_ = nullptr;
  }

 private:
  T* data_ = nullptr;
  size_t bytes_ = 0;
  std::shared_ptr<KvMemory> memory_;
};

}  // namespace pathact
