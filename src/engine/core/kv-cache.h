// Keys and values of sequences, f16, in blocks of 64 positions that hold all layers and may be shared.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "aligned.h"

namespace pathact {

struct KvShape {
  int layers = 0;
  int kv_heads = 0;
  int head_dim = 0;

  size_t head_dim_padded() const { return round_up(size_t(head_dim), 16); }
  size_t head_values() const { return size_t(kv_block) * head_dim_padded(); }
  size_t block_values() const { return 2 * size_t(layers) * size_t(kv_heads) * head_values(); }
  size_t block_bytes() const { return block_values() * sizeof(uint16_t); }
  // Within a block: per layer and KV head first the keys (4 tiles, head_dim_padded, 16), then the
  // values (64, head_dim_padded).
  size_t keys_at(int layer, int head) const {
    return 2 * (size_t(layer) * size_t(kv_heads) + size_t(head)) * head_values();
  }
  size_t values_at(int layer, int head) const { return keys_at(layer, head) + head_values(); }
};

// How SpeCache keeps and reads a sequence.
struct LowBitSettings {
  int bits = 0;   // of the low-bit copy; 0: there is none
  int fetch = 0;  // positions of each KV head that a decoded token sees in full precision

  LowBitShape shape(const KvShape& kv) const { return {kv.head_dim, bits}; }
  size_t block_bytes(const KvShape& kv) const { return size_t(kv.layers) * size_t(kv.kv_heads) * shape(kv).bytes(); }
  size_t at(const KvShape& kv, int layer, int head) const {
    return (size_t(layer) * size_t(kv.kv_heads) + size_t(head)) * shape(kv).bytes();
  }
  // Of `length` positions those that are read from the low-bit copy: whole blocks, all but the last 64 to 127.
  static int quantised(int length) { return std::max(0, length / kv_block - 1) * kv_block; }
};

// Counts the bytes that all blocks of one engine hold; blocks may outlive the engine.
using KvBytes = std::shared_ptr<std::atomic<size_t>>;

// 64 positions. Its memory goes with the last list that names it.
class KvBlock {
 public:
  KvBlock(size_t values, KvBytes total) : bytes_(values * sizeof(uint16_t)), total_(std::move(total)) {
    if (values_.allocate(values)) *total_ += bytes_;
  }
  ~KvBlock() {
    if (values_.data()) *total_ -= bytes_ + low_bit_bytes_;
  }
  KvBlock(const KvBlock&) = delete;
  KvBlock& operator=(const KvBlock&) = delete;

  // nullptr where there was no memory.
  uint16_t* data() const { return values_.data(); }

  // The low-bit copy of a full block; nullptr before it is made.
  uint8_t* low_bit() const { return low_bit_.data(); }
  // Before positions are written anew.
  void drop_low_bit() {
    *total_ -= low_bit_bytes_;
    low_bit_bytes_ = 0;
    low_bit_ = {};
  }
  [[nodiscard]] bool allocate_low_bit(size_t bytes) {
    if (!low_bit_.allocate(bytes)) return false;
    low_bit_bytes_ = bytes;
    *total_ += bytes;
    return true;
  }

 private:
  AlignedArray<uint16_t> values_;
  AlignedArray<uint8_t> low_bit_;
  size_t bytes_, low_bit_bytes_ = 0;
  KvBytes total_;
};

// Empty when a model of this head size, with so many query heads a KV head, can have such a copy.
std::string check(const LowBitSettings& settings, int head_dim, int group);

using KvBlocks = std::vector<std::shared_ptr<KvBlock>>;

// A sequence, or a part of one that began at a whole block and is kept to begin others with.
struct Sequence {
  KvShape shape;
  KvBytes total = std::make_shared<std::atomic<size_t>>(0);
  int length = 0;                    // tokens whose keys and values are held
  bool is_part = false;              // nothing is computed after a part
  bool busy = false;                 // in a forward pass
  std::atomic<bool> dropped{false};  // from the pass that it is in
  KvBlocks blocks;

  // Room for `tokens` positions, those past the length in blocks of its own: a shared one is copied first. False when
  // there is no memory (what was there stays).
  [[nodiscard]] bool reserve(int tokens);
  void truncate(int tokens);
  // Positions [from, to), whose blocks are shared from now on; `from` is a multiple of 64.
  std::shared_ptr<Sequence> share(int from, int to) const;
  // Appends what another holds, whose blocks are shared from now on; the length is a multiple of 64.
  void append(const Sequence& other);
  // Stores one position's key and value of one head, already f16 (head_dim values each).
  void store(int layer, int head, int position, const uint16_t* key, const uint16_t* value);
  // Reads it again (head_dim_padded values each).
  void load(int layer, int head, int position, uint16_t* key, uint16_t* value) const;
};

}  // namespace pathact
