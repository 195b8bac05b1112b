#include "block-file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "crc32c.h"
#include "kv-cache.h"

namespace pathact {

struct BlockFile::Header {
  char magic[8];
  uint32_t version, layers, kv_heads, head_dim, bits, low_bit_sum;
  uint64_t low_bit_bytes;
  uint8_t nonce[16];  // of this writing
  BlockKey key;       // zeros until the file is kept
  uint32_t reserved, sum;

  bool is_sound() const { return sum == crc32c(this, offsetof(Header, sum)); }
  void seal() { sum = crc32c(this, offsetof(Header, sum)); }
};

namespace {

constexpr char magic[8] = {'p', 'a', 't', 'h', 'a', 'c', 't', 'K'};
constexpr uint32_t version = 1;

KvError failed(const char* what, int error) { return {std::string(what) + ": " + std::strerror(error), false}; }
KvError lost(const char* what) { return {what, true}; }

KvError write_fully(int file, const void* data, size_t bytes, size_t at) {
  const uint8_t* p = static_cast<const uint8_t*>(data);
  while (bytes > 0) {
    const ssize_t written = pwrite(file, p, bytes, off_t(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("keys and values cannot be written to disk", written < 0 ? errno : ENOSPC);
    p += written, at += size_t(written), bytes -= size_t(written);
  }
  return {};
}

// Working memory of one thread; it stays for later calls.
uint8_t* working_memory(size_t bytes) {
  thread_local std::vector<uint8_t> memory;
  if (memory.size() < bytes) memory.resize(bytes);
  return memory.data();
}

}  // namespace

BlockFile::BlockFile(int file, std::string path) : file_(file), path_(std::move(path)) {}

BlockFile::~BlockFile() {
  if (file_ >= 0) close(file_);
  if (!path_.empty()) unlink(path_.c_str());
}

void BlockFile::set_shape(const KvShape& shape, const LowBitSettings& low_bit) {
  kv_heads_ = shape.kv_heads;
  head_dim_ = shape.head_dim;
  low_bit_bytes_ = low_bit.bits ? low_bit.block_bytes(shape) : 0;
}

size_t BlockFile::record_at(int layer, int head, int position) const {
  const size_t record = (size_t(layer) * size_t(kv_heads_) + size_t(head)) * kv_block + size_t(position);
  return sizeof(Header) + low_bit_bytes_ + record * record_bytes();
}

uint32_t BlockFile::record_sum(const uint8_t* record, int layer, int head, int position) const {
  const uint32_t place = uint32_t((layer * kv_heads_ + head) * kv_block + position);
  return crc32c(record, record_bytes() - 4, seed_ ^ place);
}

KvError BlockFile::write(const std::string& path, const KvShape& shape, const LowBitSettings& low_bit,
                         const uint16_t* data, const uint8_t* low_bit_copy, std::unique_ptr<BlockFile>& file) {
  const int opened = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (opened < 0) return failed("a file for keys and values cannot be made", errno);
  std::unique_ptr<BlockFile> made(new BlockFile(opened, path));
  if (KvError error = made->write_all(shape, low_bit, data, low_bit_copy)) return error;
  file = std::move(made);
  return {};
}

KvError BlockFile::write_all(const KvShape& shape, const LowBitSettings& low_bit, const uint16_t* data,
                             const uint8_t* low_bit_copy) {
  set_shape(shape, low_bit);
  header_ = std::make_unique<Header>();
  *header_ = {};
  std::memcpy(header_->magic, magic, sizeof magic);
  header_->version = version;
  header_->layers = uint32_t(shape.layers);
  header_->kv_heads = uint32_t(shape.kv_heads);
  header_->head_dim = uint32_t(shape.head_dim);
  header_->bits = uint32_t(low_bit.bits);
  header_->low_bit_bytes = low_bit_bytes_;
  std::random_device random;
  for (size_t i = 0; i < sizeof header_->nonce; i += 4) {
    const uint32_t word = random();
    std::memcpy(header_->nonce + i, &word, 4);
  }
  seed_ = crc32c(header_->nonce, sizeof header_->nonce);
  header_->low_bit_sum = crc32c(low_bit_copy, low_bit_bytes_, seed_);
  header_->seal();
  if (KvError error = write_fully(file_, header_.get(), sizeof(Header), 0)) return error;
  if (KvError error = write_fully(file_, low_bit_copy, low_bit_bytes_, sizeof(Header))) return error;
  const size_t bytes = kv_block * record_bytes(), padded = shape.head_dim_padded(), hd = size_t(head_dim_);
  for (int layer = 0; layer < shape.layers; layer++) {
    uint8_t* records = working_memory(bytes * size_t(kv_heads_));
    for (int i = 0; i < kv_heads_ * kv_block; i++) {
      const int head = i / kv_block, position = i % kv_block;
      uint8_t* record = records + size_t(i) * record_bytes();
      const uint16_t* keys = data + shape.keys_at(layer, head) + size_t(position / key_tile) * padded * key_tile +
                             size_t(position % key_tile);
      for (size_t d = 0; d < hd; d++) std::memcpy(record + d * 2, keys + d * key_tile, 2);
      std::memcpy(record + hd * 2, data + shape.values_at(layer, head) + size_t(position) * padded, hd * 2);
      const uint32_t sum = record_sum(record, layer, head, position);
      std::memcpy(record + hd * 4, &sum, 4);
    }
    if (KvError error = write_fully(file_, records, bytes * size_t(kv_heads_), record_at(layer, 0, 0))) return error;
  }
  return {};
}

KvError BlockFile::open(const std::string& path, const BlockKey& key, const KvShape& shape,
                        const LowBitSettings& low_bit, std::unique_ptr<BlockFile>& file) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (opened < 0) return errno == ENOENT ? lost("there is no such block") : failed("a block cannot be opened", errno);
  std::unique_ptr<BlockFile> found(new BlockFile(opened, {}));
  found->set_shape(shape, low_bit);
  Header header;
  if (KvError error = found->read(&header, sizeof header, 0)) return error;
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.version != version || !header.is_sound())
    return lost("it is no block of this version");
  if (header.layers != uint32_t(shape.layers) || header.kv_heads != uint32_t(shape.kv_heads) ||
      header.head_dim != uint32_t(shape.head_dim) || header.bits != uint32_t(low_bit.bits) ||
      header.low_bit_bytes != found->low_bit_bytes_ || header.key != key)
    return lost("it is another block");
  struct stat status;
  if (fstat(opened, &status) != 0) return failed("a block cannot be opened", errno);
  if (size_t(status.st_size) != found->record_at(shape.layers, 0, 0)) return lost("it was cut short");
  found->header_ = std::make_unique<Header>(header);
  found->seed_ = crc32c(header.nonce, sizeof header.nonce);
  file = std::move(found);
  return {};
}

KvError BlockFile::keep(const std::string& path, const BlockKey& key) {
  Header header = *header_;
  header.key = key;
  header.seal();
  if (KvError error = write_fully(file_, &header, sizeof header, 0)) return error;
  if (rename(path_.c_str(), path.c_str()) != 0) return failed("a block cannot be kept", errno);
  *header_ = header;
  path_.clear();
  return {};
}

KvError BlockFile::read(void* out, size_t bytes, size_t at) const {
  uint8_t* p = static_cast<uint8_t*>(out);
  while (bytes > 0) {
    const ssize_t got = pread(file_, p, bytes, off_t(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {std::string("it cannot be read: ") + std::strerror(errno), true};
    if (got == 0) return lost("it was cut short");
    p += got, at += size_t(got), bytes -= size_t(got);
  }
  return {};
}

KvError BlockFile::read_low_bit(uint8_t* out) const {
  if (KvError error = read(out, low_bit_bytes_, sizeof(Header))) return error;
  if (crc32c(out, low_bit_bytes_, seed_) != header_->low_bit_sum) return lost("its checksum is wrong");
  return {};
}

// Neighbouring records, checked; they stay until this thread reads others.
KvError BlockFile::read_records(int layer, int head, int first, int count, const uint8_t*& records) const {
  const size_t bytes = size_t(count) * record_bytes();
  uint8_t* memory = working_memory(bytes);
  if (KvError error = read(memory, bytes, record_at(layer, head, first))) return error;
  for (int i = 0; i < count; i++) {
    const uint8_t* record = memory + size_t(i) * record_bytes();
    uint32_t sum;
    std::memcpy(&sum, record + record_bytes() - 4, 4);
    if (sum != record_sum(record, layer, head, first + i)) return lost("its checksum is wrong");
  }
  records = memory;
  return {};
}

KvError BlockFile::read_head(int layer, int head, uint16_t* keys, uint16_t* values) const {
  const uint8_t* records;
  if (KvError error = read_records(layer, head, 0, kv_block, records)) return error;
  const size_t hd = size_t(head_dim_), padded = round_up(hd, 16);
  if (padded > hd) {
    std::memset(keys, 0, kv_block * padded * 2);
    std::memset(values, 0, kv_block * padded * 2);
  }
  for (size_t position = 0; position < kv_block; position++, records += record_bytes()) {
    uint16_t* tile = keys + position / key_tile * padded * key_tile + position % key_tile;
    for (size_t d = 0; d < hd; d++) std::memcpy(tile + d * key_tile, records + d * 2, 2);
    std::memcpy(values + position * padded, records + hd * 2, hd * 2);
  }
  return {};
}

KvError BlockFile::read_pairs(int layer, int head, int first, int count, uint16_t* keys, uint16_t* values) const {
  const uint8_t* records;
  if (KvError error = read_records(layer, head, first, count, records)) return error;
  const size_t hd = size_t(head_dim_), padded = round_up(hd, 16);
  for (size_t i = 0; i < size_t(count); i++, records += record_bytes()) {
    std::memcpy(keys + i * padded, records, hd * 2);
    std::memcpy(values + i * padded, records + hd * 2, hd * 2);
    std::memset(keys + i * padded + hd, 0, (padded - hd) * 2);
    std::memset(values + i * padded + hd, 0, (padded - hd) * 2);
  }
  return {};
}

}  // namespace pathact
