#include "kv-memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "kernels/kernels.h"

namespace pathact {

namespace {

constexpr size_t huge_page = size_t(1) << 21;
constexpr size_t least_pooled = size_t(1) << 16;
constexpr size_t most_pages = 8;  // of a chunk of several pieces

// Whole huge pages, so many that little is left over.
size_t chunk_bytes_for(size_t piece) {
  size_t best = round_up(piece, huge_page);
  const auto share_left = [&](size_t chunk) { return double(chunk % piece) / double(chunk); };
  for (size_t chunk = best; chunk <= most_pages * huge_page; chunk += huge_page) {
    if (share_left(chunk) < share_left(best) - 0.01) best = chunk;
  }
  return best;
}

uint8_t* map_chunk(size_t bytes) {
  void* mapped = mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  uint8_t* first = static_cast<uint8_t*>(mapped);
  uint8_t* start = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(mapped), huge_page));
  if (start > first) munmap(first, size_t(start - first));
  const size_t behind = size_t(first + huge_page - start);
  if (behind) munmap(start + bytes, behind);
#if defined(MADV_HUGEPAGE)
  madvise(start, bytes, MADV_HUGEPAGE);
#endif
  return start;
}

// The pages that lie within.
void give_back(uint8_t* piece, size_t bytes) {
  const size_t page = size_t(sysconf(_SC_PAGESIZE));
  const uintptr_t from = round_up(reinterpret_cast<uintptr_t>(piece), page);
  const uintptr_t to = (reinterpret_cast<uintptr_t>(piece) + bytes) / page * page;
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

}  // namespace

KvMemory::~KvMemory() {
  for (const Pool& pool : pools_) {
    for (const Chunk& chunk : pool.chunks) munmap(chunk.start, pool.chunk_bytes);
  }
}

void* KvMemory::allocate(size_t bytes) {
  if (bytes > size_t(1) << 46) return nullptr;
  std::lock_guard lock(mutex_);
  void* piece = bytes < least_pooled ? std::aligned_alloc(64, round_up(bytes + 1, 64)) : allocate_from(pool_of(bytes));
  if (piece) bytes_ += bytes;
  return piece;
}

void KvMemory::release(void* piece, size_t bytes) {
  std::lock_guard lock(mutex_);
  bytes_ -= bytes;
  if (bytes < least_pooled)
    std::free(piece);
  else
    release_to(pool_of(bytes), static_cast<uint8_t*>(piece));
}

size_t KvMemory::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

KvMemory::Pool& KvMemory::pool_of(size_t bytes) {
  const size_t piece = round_up(bytes, 64);
  for (Pool& pool : pools_) {
    if (pool.piece_bytes == piece) return pool;
  }
  return pools_.emplace_back(Pool{piece, chunk_bytes_for(piece), {}});
}

void* KvMemory::allocate_from(Pool& pool) {
  const size_t pieces = pool.chunk_bytes / pool.piece_bytes;
  auto chunk =
      std::find_if(pool.chunks.begin(), pool.chunks.end(), [&](const Chunk& one) { return one.used < int(pieces); });
  if (chunk == pool.chunks.end()) {
    uint8_t* start = map_chunk(pool.chunk_bytes);
    if (!start) return nullptr;
    pool.chunks.push_back({start, 0, std::vector<bool>(pieces)});
    chunk = pool.chunks.end() - 1;
  }
  const auto free = std::find(chunk->is_used.begin(), chunk->is_used.end(), false);
  *free = true;
  chunk->used++;
  return chunk->start + size_t(free - chunk->is_used.begin()) * pool.piece_bytes;
}

void KvMemory::release_to(Pool& pool, uint8_t* piece) {
  const auto chunk = std::find_if(pool.chunks.begin(), pool.chunks.end(), [&](const Chunk& one) {
    return piece >= one.start && piece < one.start + pool.chunk_bytes;
  });
  chunk->is_used[size_t(piece - chunk->start) / pool.piece_bytes] = false;
  if (--chunk->used > 0) {
    if (gives_back_) give_back(piece, pool.piece_bytes);
    return;
  }
  munmap(chunk->start, pool.chunk_bytes);
  pool.chunks.erase(chunk);
}

}  // namespace pathact
