#include "kv-cache.h"

#include <cstring>

namespace pathact {

namespace {

KvError out_of_memory() { return {"out of memory for keys and values", false}; }

}  // namespace

std::string check(const LowBitSettings& settings, int head_dim, int group) {
  if (settings.bits < 0 || settings.bits > 2) return "a low-bit copy has 1 or 2 bits a value, or 0 for none";
  if (settings.fetch < 0 || settings.fetch > most_fetched)
    return "between 0 and " + std::to_string(most_fetched) + " positions can be fetched";
  if (settings.bits && (head_dim > most_low_bit_head_dim || group > most_queries))
    return "this model's attention heads are too large for a low-bit copy";
  return {};
}

KvError restore(KvBlock& block, const KvShape& shape, const std::shared_ptr<KvMemory>& memory) {
  if (block.data.data()) return {};
  if (!block.data.allocate(shape.block_values(), memory)) return out_of_memory();
  for (int i = 0; i < shape.layers * shape.kv_heads; i++) {
    const int layer = i / shape.kv_heads, head = i % shape.kv_heads;
    uint16_t* data = block.data.data();
    const KvError error =
        block.file->read_head(layer, head, data + shape.keys_at(layer, head), data + shape.values_at(layer, head));
    if (!error) continue;
    block.is_damaged = true;
    block.data.reset();
    return error;
  }
  return {};
}

KvError Sequence::reserve(int tokens) {
  const size_t wanted = (size_t(tokens) + kv_block - 1) / kv_block, written = size_t(length) / kv_block;
  if (wanted > written && written < blocks.size()) {
    if (KvError error = restore(*blocks[written], shape, memory)) return error;
    if (blocks[written].use_count() > 1) {
      auto copy = std::make_shared<KvBlock>();
      if (!copy->data.allocate(shape.block_values(), memory)) return out_of_memory();
      std::memcpy(copy->data.data(), blocks[written]->data.data(), shape.block_bytes());
      blocks[written] = std::move(copy);
    }
    blocks[written]->drop_copies();
  }
  while (blocks.size() < wanted) {
    auto block = std::make_shared<KvBlock>();
    if (!block->data.allocate(shape.block_values(), memory)) return out_of_memory();
    // Zeros: positions not yet written are read (and masked) as part of a tile, and padding as part of a head.
    std::memset(block->data.data(), 0, shape.block_bytes());
    blocks.push_back(std::move(block));
  }
  return {};
}

void Sequence::truncate(int tokens) {
  if (tokens < length) {
    fetched.clear();
    predictions = {};
  }
  length = tokens;
  blocks.resize((size_t(tokens) + kv_block - 1) / kv_block);
}

std::shared_ptr<Sequence> Sequence::share(int from, int to) const {
  auto part = std::make_shared<Sequence>();
  part->shape = shape;
  part->memory = memory;
  part->is_part = true;
  part->length = to - from;
  const auto first = blocks.begin() + from / kv_block;
  part->blocks.assign(first, first + (part->length + kv_block - 1) / kv_block);
  return part;
}

void Sequence::append(const Sequence& other) {
  blocks.insert(blocks.end(), other.blocks.begin(), other.blocks.end());
  length += other.length;
}

void Sequence::store(int layer, int head, int position, const uint16_t* key, const uint16_t* value) {
  uint16_t* block = blocks[size_t(position / kv_block)]->data.data();
  const size_t within = size_t(position % kv_block), padded = shape.head_dim_padded();
  uint16_t* tile = block + shape.keys_at(layer, head) + within / key_tile * padded * key_tile + within % key_tile;
  for (int d = 0; d < shape.head_dim; d++) tile[size_t(d) * key_tile] = key[d];
  std::memcpy(block + shape.values_at(layer, head) + within * padded, value, size_t(shape.head_dim) * 2);
}

void Sequence::load(int layer, int head, int position, uint16_t* key, uint16_t* value) const {
  const uint16_t* block = blocks[size_t(position / kv_block)]->data.data();
  const size_t within = size_t(position % kv_block), padded = shape.head_dim_padded();
  const uint16_t* tile = block + shape.keys_at(layer, head) + within / key_tile * padded * key_tile + within % key_tile;
  for (size_t d = 0; d < padded; d++) key[d] = tile[d * key_tile];
  std::memcpy(value, block + shape.values_at(layer, head) + within * padded, padded * 2);
}

}  // namespace pathact
