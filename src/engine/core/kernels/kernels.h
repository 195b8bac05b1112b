// The kernel table: what every SIMD level offers. One level is chosen when a model is loaded.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pathact {

// GGUF's numbers.
enum class TensorType : uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  IQ4_NL = 20,
  IQ4_XS = 23,
  BF16 = 30,
  MXFP4 = 39,
};

// Values and bytes of one block of a tensor type.
struct Format {
  size_t values, bytes;
};
// False for a type that these kernels do not read.
bool format_of(uint32_t type, Format& format);
// True where rows unpack to BlockRows, false where to_float reads them: plain numbers, and Q2_K, whose minimum for
// every 16 values BlockRows have no room for.
bool unpacks(TensorType type);

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// Rows of values as 8-bit integers with scales: every quantised weight row unpacks to this, every activation row
// quantises to it, so one dot product serves all formats.
//   weights:     value[i] = scale[i / 4] * q[i] + extra[i / 32]           (extra: the block's minimum, or 0)
//   activations: value[i] = scale[i / 4] * x[i], extra[i / 32] = scale * sum of the block's x
// Activations are stored as x, or as x + 128 where the level's dot product wants them unsigned.
//
// A row is a run of chunks of 64 values, each 64 bytes of q and then 16 scales, padded with zeros; after the chunks
// come the extras, 16 floats at a time. `lanes` rows lie interleaved, chunk by chunk, so that a tile of activation
// rows is read through one pointer.
struct BlockRows {
  uint8_t* base;
  size_t columns;
  int lanes;

  size_t chunks() const { return (columns + 63) / 64; }
  size_t extra_groups() const { return (columns + 511) / 512; }
  size_t bytes() const { return size_t(lanes) * (chunks() * 128 + extra_groups() * 64); }
  uint8_t* q(int lane, size_t chunk) const { return base + (chunk * size_t(lanes) + size_t(lane)) * 128; }
  float* scale(int lane, size_t chunk) const { return reinterpret_cast<float*>(q(lane, chunk) + 64); }
  float* extra(int lane, size_t group) const {
    return reinterpret_cast<float*>(base + size_t(lanes) * chunks() * 128 +
                                    (group * size_t(lanes) + size_t(lane)) * 64);
  }
  // The same layout, `tiles` further on.
  BlockRows tile(size_t tiles) const { return {base + tiles * bytes(), columns, lanes}; }
};

constexpr int activation_tile = 8;  // lanes of activation rows
constexpr int weight_tile = 16;     // weight rows of one call

// Weight rows as they lie in the file.
struct PackedRows {
  TensorType type;
  const uint8_t* data;
  size_t row_bytes;
  int rows;  // at most weight_tile
  size_t columns;
};

// Key-value cache geometry. Keys lie transposed in tiles of 16 positions, so that 16 scores fill a vector.
constexpr int kv_block = 64;
constexpr int key_tile = 16;

// Attention of several query vectors of one KV head.
struct AttendTask {
  const uint16_t* const* k;  // per block of 64 positions: (4 tiles, head_dim_padded, 16) f16
  const uint16_t* const* v;  // per block: (64, head_dim_padded) f16
  int head_dim;
  int head_dim_padded;  // rounded up to 16
  int queries;
  const float* q;     // (queries, head_dim), already scaled
  const int* start;   // (queries) first key each one sees; never falls from one query to the next
  const int* length;  // (queries) end of the keys each one sees, past its start; never falls either
};

// Attention to some of the keys: out / sum, both relative to e^largest. A sum of 0 has seen none.
struct AttendSums {
  float* out;      // (queries, head_dim_padded)
  float* largest;  // (queries)
  float* sum;      // (queries)
};

constexpr int most_low_bit_head_dim = 512;

// 64 positions of one layer and KV head in 1 or 2 bits a value: value = scale * code + zero, scale and zero in f16.
// Keys have a scale and a zero for each channel over the block's positions, values for each position over 64 channels.
//   keys    (4 tiles of 16 positions, key_vectors, 64 bytes) of codes, then the scales and the zeros (channels) each.
//           In vector v, byte 4 * j + c holds channels 4 * (v * per_byte + field) + c of position j, a field of bits
//           each.
//   values  (64, groups, group_bytes) of codes, then (64, groups) pairs of scale and zero.
//           In a group, byte i holds channels i + group_bytes * field.
struct LowBitShape {
  int head_dim;
  int bits;

  int most() const { return (1 << bits) - 1; }
  int per_byte() const { return 8 / bits; }
  size_t channels() const { return round_up(size_t(head_dim), 16); }
  size_t key_vectors() const { return round_up(size_t(head_dim), size_t(4 * per_byte())) / size_t(4 * per_byte()); }
  size_t key_bytes() const { return key_vectors() * 256 + channels() * 4; }
  size_t groups() const { return (size_t(head_dim) + 63) / 64; }
  size_t group_bytes() const { return size_t(8 * bits); }
  size_t value_bytes() const { return size_t(kv_block) * groups() * (group_bytes() + 4); }
  size_t bytes() const { return round_up(key_bytes() + value_bytes(), 64); }

  template <class Byte>
  auto key_scales(Byte* block) const {
    return halves(block + key_vectors() * 256);
  }
  template <class Byte>
  Byte* value_codes(Byte* block) const {
    return block + key_bytes();
  }
  template <class Byte>
  auto value_scales(Byte* block) const {
    return halves(block + key_bytes() + kv_block * groups() * group_bytes());
  }

 private:
  static uint16_t* halves(uint8_t* at) { return reinterpret_cast<uint16_t*>(at); }
  static const uint16_t* halves(const uint8_t* at) { return reinterpret_cast<const uint16_t*>(at); }
};

constexpr int most_queries = 64;    // of one KV head in a mixed task
constexpr int most_fetched = 1024;  // positions in full precision

// Attention of one token's query heads of one KV head to the low-bit copy, recent positions and fetched ones.
// Its steps: score_mixed block by block, weigh_mixed, replace_mixed, mix_mixed; choose_mixed comes before the pairs
// are replaced, or after.
struct MixedTask {
  LowBitShape shape;
  const uint8_t* const* low_bit;  // all blocks below `quantised`
  const uint16_t* const* full;    // all blocks; those from `quantised` on are read
  size_t low_bit_at, k_at, v_at;  // where this layer and head lie in a block, as in AttendTask
  int length;                     // positions seen
  int quantised;                  // of them, those of the low-bit copy: whole blocks
  int queries;
  const float* q;         // (queries, head_dim), already scaled
  float* scores;          // (queries, stride) of all positions; weights after weigh_mixed
  size_t stride;          // whole blocks
  float* importance;      // (stride) of all positions, after choose_mixed
  float *largest, *sums;  // (queries) what weights are relative to: e^(score - largest) / sum
  float* out;             // (queries, channels)
};

// Pairs in full precision that take the place of low-bit ones.
struct FetchedPairs {
  int count;
  const int32_t* positions;  // (count) ascending, below `quantised`
  const uint16_t* keys;      // (count, channels) f16
  const uint16_t* values;    // the same
};

constexpr int most_packed = 4;  // activation rows for which unpacking does not pay

struct Kernels {
  const char* name;
  int activation_offset;  // what is added to a quantised activation
  // A quantised weight row -> one lane. columns is a multiple of the format's block.
  void (*unpack)(TensorType type, const uint8_t* src, BlockRows out, int lane);
  // A row of a type that does not unpack -> floats.
  void (*to_float)(TensorType type, const uint8_t* src, size_t n, float* out);
  void (*to_half)(const float* src, size_t n, uint16_t* out);
  // Activations -> one lane: symmetric, 32 values a block; columns is a multiple of 32.
  void (*quantise_row)(const float* x, BlockRows out, int lane);
  // out[i * activation_tile + r] = w_i . x_r for unpacked weight rows (each a BlockRows of one lane, one after the
  // other) and the first `rows` lanes of an activation tile. The order of additions does not depend on `rows`.
  void (*dot_unpacked)(BlockRows w, int weight_rows, BlockRows x, int rows, float* out);
  // The same for weights as they lie in the file and at most `most_packed` activation rows. `extras`: aligned
  // scratch for weight_tile * extra_groups() * 16 floats.
  void (*dot_packed)(const PackedRows& w, BlockRows x, int rows, float* extras, float* out);
  // out[r] = w . x_r
  void (*dot_floats)(const float* w, const float* x, size_t x_stride, size_t n, int rows, float* out);
  // Adds the keys of the blocks [first, last) to what there is.
  void (*attend)(const AttendTask& task, int first, int last, AttendSums sums);
  // Keys (4 tiles, channels, 16) and values (64, channels), both f16 -> a low-bit block.
  void (*quantise_block)(LowBitShape shape, const uint16_t* keys, const uint16_t* values, uint8_t* out);
  // Scores of the blocks [first, last) of a task.
  void (*score_mixed)(const MixedTask& task, int first, int last);
  // All scores -> weights.
  void (*weigh_mixed)(const MixedTask& task);
  // The `count` most important of the first `among` positions (mean share over the queries), ascending.
  void (*choose_mixed)(const MixedTask& task, int among, int count, int32_t* chosen);
  // Puts the fetched keys' weights in place of the low-bit ones.
  void (*replace_mixed)(const MixedTask& task, const FetchedPairs& pairs);
  // The weighted sum of all values. Weights are lost.
  void (*mix_mixed)(const MixedTask& task, const FetchedPairs& pairs);
  void (*rms_norm)(const float* x, const float* weight, size_t n, float eps, float* out);
  // Rotates one head of x in place. cos_sin: (n_rot / 2) pairs. neox: pairs (i, i + n_rot/2), else (2i, 2i + 1).
  void (*rope)(float* x, const float* cos_sin, int n_rot, bool neox);
  // gate[i] = act(gate[i]) * up[i]; n is a multiple of 16.
  void (*silu_gate)(float* gate, const float* up, size_t n);
  void (*gelu_gate)(float* gate, const float* up, size_t n);
};

// The best level this machine has, or the one called `level` ("auto", "scalar", "avx2", "avx512").
// nullptr when this machine or build does not have it.
const Kernels* select_kernels(const char* level);

}  // namespace pathact
