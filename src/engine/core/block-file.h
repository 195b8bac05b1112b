// A block of 64 positions' keys and values in a file of its own: SpeCache's slow tier, and what a restart begins from.
// Nothing of a file is believed: its header and every piece that is read carry checksums.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "kernels/kernels.h"

namespace pathact {

struct KvShape;
struct LowBitSettings;

// Names what a block was computed from: model, settings and all tokens up to its end.
using BlockKey = std::array<uint8_t, 32>;

// What went wrong with keys and values; `lost` means that some of them must be computed again.
struct KvError {
  std::string what;
  bool lost = false;

  explicit operator bool() const { return !what.empty(); }
};

// header | low-bit copy | for each layer and KV head 64 records: key and value (head_dim f16 each) and their checksum.
class BlockFile {
 public:
  // Removes a file that was never given a lasting name.
  ~BlockFile();
  BlockFile(const BlockFile&) = delete;
  BlockFile& operator=(const BlockFile&) = delete;

  // Writes a block (its data as in KvBlock) to a new file.
  static KvError write(const std::string& path, const KvShape& shape, const LowBitSettings& low_bit,
                       const uint16_t* data, const uint8_t* low_bit_copy, std::unique_ptr<BlockFile>& file);
  // Opens what `keep` left. `lost` where there is none, or where it is another block's, another version's or damaged.
  static KvError open(const std::string& path, const BlockKey& key, const KvShape& shape, const LowBitSettings& low_bit,
                      std::unique_ptr<BlockFile>& file);

  bool is_kept() const { return path_.empty(); }
  // Gives the file a lasting name and key.
  KvError keep(const std::string& path, const BlockKey& key);

  KvError read_low_bit(uint8_t* out) const;
  // One layer's and head's keys and values as they lie in a KvBlock.
  KvError read_head(int layer, int head, uint16_t* keys, uint16_t* values) const;
  // Those of `count` neighbouring positions as rows of head_dim_padded values.
  KvError read_pairs(int layer, int head, int first, int count, uint16_t* keys, uint16_t* values) const;

 private:
  struct Header;
  BlockFile(int file, std::string path);
  KvError read(void* out, size_t bytes, size_t at) const;
  KvError read_records(int layer, int head, int first, int count, const uint8_t*& records) const;
  KvError write_all(const KvShape& shape, const LowBitSettings& low_bit, const uint16_t* data,
                    const uint8_t* low_bit_copy);
  void set_shape(const KvShape& shape, const LowBitSettings& low_bit);
  size_t record_bytes() const { return size_t(head_dim_) * 4 + 4; }
  size_t record_at(int layer, int head, int position) const;
  uint32_t record_sum(const uint8_t* record, int layer, int head, int position) const;

  int file_;
  std::string path_;  // of a file that is not kept
  std::unique_ptr<Header> header_;
  int kv_heads_ = 0, head_dim_ = 0;
  size_t low_bit_bytes_ = 0;
  uint32_t seed_ = 0;  // of every checksum: a record of another block is no record of this one
};

}  // namespace pathact
