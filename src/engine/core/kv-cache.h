// Keys and values of sequences, f16, in blocks of 64 positions that hold all layers and may be shared. A block lies in
// memory, in a file (SpeCache's slow tier), or in both.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "block-file.h"
#include "kv-memory.h"
#include "prediction.h"

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
  Predictor predictor = Predictor::exact;
  std::string folder;  // of the files that keep what is in full precision (the slow tier); empty: it stays in memory

  bool in_file() const { return !folder.empty(); }
  LowBitShape shape(const KvShape& kv) const { return {kv.head_dim, bits}; }
  size_t block_bytes(const KvShape& kv) const { return size_t(kv.layers) * size_t(kv.kv_heads) * shape(kv).bytes(); }
  size_t at(const KvShape& kv, int layer, int head) const {
    return (size_t(layer) * size_t(kv.kv_heads) + size_t(head)) * shape(kv).bytes();
  }
  // Of `length` positions those that are read from the low-bit copy: whole blocks, all but the last 64 to 127.
  static int quantised(int length) { return std::max(0, length / kv_block - 1) * kv_block; }
};

// 64 positions. Memory and file go with the last list that names it. What is whole may lose its data to a file; it then
// has a low-bit copy.
struct KvBlock {
  KvArray<uint16_t> data;           // KvShape says how it lies; none where it is in a file only
  KvArray<uint8_t> low_bit;         // the low-bit copy of a whole block; none before it is made
  std::unique_ptr<BlockFile> file;  // none where it was never written
  // A piece of the file could not be read as it was written: what it held must be computed again.
  std::atomic<bool> is_damaged{false};

  // Before positions are written anew.
  void drop_copies() {
    low_bit.reset();
    file.reset();
  }
};

// Empty when a model of this head size, with so many query heads a KV head, can have such a copy.
std::string check(const LowBitSettings& settings, int head_dim, int group);

// Reads a block's data back from its file, where it is not in memory.
KvError restore(KvBlock& block, const KvShape& shape, const std::shared_ptr<KvMemory>& memory);

using KvBlocks = std::vector<std::shared_ptr<KvBlock>>;

// What one layer's KV head fetched from files for the last token; much of it serves the next.
struct FetchedRows {
  std::vector<int32_t> positions;  // ascending
  KvArray<uint16_t> pairs;         // (2, fetch, head_dim_padded): keys, then values
};

// A sequence, or a part of one that began at a whole block and is kept to begin others with.
struct Sequence {
  KvShape shape;
  std::shared_ptr<KvMemory> memory = std::make_shared<KvMemory>(false);
  int length = 0;                    // tokens whose keys and values are held
  bool is_part = false;              // nothing is computed after a part
  bool busy = false;                 // in a forward pass
  std::atomic<bool> dropped{false};  // from the pass that it is in
  KvBlocks blocks;
  std::vector<FetchedRows> fetched;  // (layers, kv_heads), or empty
  Predictions predictions;

  // Room for `tokens` positions, those past the length in blocks of its own: a shared one is copied first. What was
  // there stays where there is no memory.
  KvError reserve(int tokens);
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
