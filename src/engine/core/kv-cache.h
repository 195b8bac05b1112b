// Keys and values of one sequence, f16, in blocks of 64 positions that hold all layers.
#pragma once

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
  // Within a block: per layer and KV head first the keys (4 tiles, head_dim_padded, 16), then the
  // values (64, head_dim_padded).
  size_t keys_at(int layer, int head) const {
    return 2 * (size_t(layer) * size_t(kv_heads) + size_t(head)) * head_values();
  }
  size_t values_at(int layer, int head) const { return keys_at(layer, head) + head_values(); }
};

struct Sequence {
  KvShape shape;
  int length = 0;     // tokens whose keys and values are held
  bool busy = false;  // in a forward pass
  std::vector<AlignedArray<uint16_t>> blocks;

  // Room for `tokens` positions; false when there is no memory (what was there stays).
  [[nodiscard]] bool reserve(int tokens);
  void truncate(int tokens);
  // Stores one position's key and value of one head, already f16 (head_dim values each).
  void store(int layer, int head, int position, const uint16_t* key, const uint16_t* value);
};

}  // namespace pathact
