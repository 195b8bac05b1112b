#include "kv-cache.h"

#include <cstring>

namespace pathact {

bool Sequence::reserve(int tokens) {
  const size_t wanted = (size_t(tokens) + kv_block - 1) / kv_block;
  while (blocks.size() < wanted) {
    AlignedArray<uint16_t> block;
    if (!block.allocate(shape.block_values())) return false;
    // Zeros: positions not yet written are read (and masked) as part of a tile, and padding as part of a head.
    std::memset(block.data(), 0, shape.block_values() * sizeof(uint16_t));
    blocks.push_back(std::move(block));
  }
  return true;
}

void Sequence::truncate(int tokens) {
  length = tokens;
  blocks.resize((size_t(tokens) + kv_block - 1) / kv_block);
}

void Sequence::store(int layer, int head, int position, const uint16_t* key, const uint16_t* value) {
  uint16_t* block = blocks[size_t(position / kv_block)].data();
  const size_t within = size_t(position % kv_block), padded = shape.head_dim_padded();
  uint16_t* tile = block + shape.keys_at(layer, head) + within / key_tile * padded * key_tile + within % key_tile;
  for (int d = 0; d < shape.head_dim; d++) tile[size_t(d) * key_tile] = key[d];
  std::memcpy(block + shape.values_at(layer, head) + within * padded, value, size_t(shape.head_dim) * 2);
}

}  // namespace pathact
