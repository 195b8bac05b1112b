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
// True where rows are repacked to panels, false where to_float reads them: plain numbers, and Q2_K, whose minimum for
// every 16 values panels have no room for.
bool has_panels(TensorType type);

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

constexpr int panel_rows = 16;      // weight rows that lie interleaved: one a vector lane
constexpr int activation_tile = 8;  // most activation rows of one call

// Activation rows as 8-bit integers: value[i] = scale[i / 32] * q[i]. The rows of a tile lie interleaved, block by
// block of 32 values, so that one pointer reads them all. A block is, each for all rows of the tile:
//   q (32 bytes), scale (float), scale * sum of q (float), sums of the first and the last 16 q (2 int32)
struct ActivationTile {
  static constexpr size_t row_bytes = 48;  // of a block
  uint8_t* base;
  size_t columns;
  int rows;  // at most activation_tile

  static constexpr size_t bytes(size_t columns, size_t rows) { return columns / 32 * row_bytes * rows; }
  // The tile of row t when `rows` rows lie in full tiles, but for the last one.
  static ActivationTile of(uint8_t* base, size_t columns, int rows, int t) {
    const int first = t / activation_tile * activation_tile, left = rows - first;
    return {base + bytes(columns, size_t(first)), columns, left < activation_tile ? left : activation_tile};
  }
  uint8_t* block(size_t b) const { return base + b * row_bytes * size_t(rows); }
  int8_t* q(int row, size_t b) const { return reinterpret_cast<int8_t*>(block(b) + 32 * row); }
  float* scale(int row, size_t b) const { return reinterpret_cast<float*>(block(b) + 32 * rows) + row; }
  float* scaled_sum(int row, size_t b) const { return scale(row, b) + rows; }
  int32_t* sums(int row, size_t b) const { return reinterpret_cast<int32_t*>(block(b) + 40 * rows) + 2 * row; }
};

// Key-value cache geometry. Keys lie transposed in tiles of 16 positions, so that 16 scores fill a vector.
constexpr int kv_block = 64;
constexpr int key_tile = 16;
constexpr int segment_blocks = 16;  // whose sums are taken apart, and then merged in their order
constexpr int segment_positions = segment_blocks * kv_block;

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
constexpr int value_group = 64;  // channels of a value that share scale and zero

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
  size_t groups() const { return (size_t(head_dim) + value_group - 1) / value_group; }
  size_t group_bytes() const { return size_t(value_group / per_byte()); }
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

// Attention of one token's query heads of one KV head to the low-bit copy, recent positions and fetched ones, in
// segments that threads may share. Its steps: score_mixed of all segments, weigh_mixed, replace_mixed, mix_mixed of all
// segments, whose sums are then merged; choose_mixed comes before the pairs are replaced, or after.
struct MixedTask {
  LowBitShape shape;
  const uint8_t* const* low_bit;  // all blocks below `quantised`
  const uint16_t* const* full;    // all blocks; those from `quantised` on are read
  size_t low_bit_at, k_at, v_at;  // where this layer and head lie in a block, as in AttendTask
  int length;                     // positions seen
  int quantised;                  // of them, those of the low-bit copy: whole blocks
  int queries;
  const float* q;         // (queries, head_dim), already scaled
  float* scores;          // (queries, stride) of all positions: weights e^(score - largest of the segment)
  size_t stride;          // whole blocks
  float* importance;      // (stride) of all positions, after choose_mixed
  float *largest, *sums;  // (segments, queries) of scores, of weights
  float* shares;          // (segments, queries) of the attention that a weight of 1 has, after weigh_mixed
  float* out;             // (segments, queries, channels) weights times values

  int blocks() const { return (length + kv_block - 1) / kv_block; }
  int segments() const { return (length + segment_positions - 1) / segment_positions; }
  // Positions of whole blocks.
  int begin(int segment) const { return segment * segment_positions; }
  int end(int segment) const {
    const int last = blocks() * kv_block;
    return last < begin(segment + 1) ? last : begin(segment + 1);
  }
};

// Pairs in full precision that take the place of low-bit ones.
struct FetchedPairs {
  int count;
  const int32_t* positions;  // (count) ascending, below `quantised`
  const uint16_t* keys;      // (count, channels) f16
  const uint16_t* values;    // the same
};

struct Kernels {
  const char* name;
  // A weight row of any type -> floats. n is a multiple of the type's block.
  void (*to_float)(TensorType type, const uint8_t* src, size_t n, float* out);
  void (*to_half)(const float* src, size_t n, uint16_t* out);
  // Activations -> one row of a tile: symmetric, 32 values a block; columns is a multiple of 32.
  void (*quantise_row)(const float* x, ActivationTile out, int row);
  size_t (*panel_bytes)(TensorType type, size_t columns);  // a multiple of 64
  // `count` weight rows -> a panel (panel.h says how it lies); rows past `count` become zeros.
  void (*pack_panel)(TensorType type, const uint8_t* rows, size_t row_bytes, int count, size_t columns, uint8_t* panel);
  // out[r * panel_rows + i] = w_i . x_r for a panel of weights and the rows of a tile. The order of additions does not
  // depend on the number of rows.
  void (*dot_panel)(TensorType type, const uint8_t* panel, ActivationTile x, float* out);
  // out[r] = w . x_r
  void (*dot_floats)(const float* w, const float* x, size_t x_stride, size_t n, int rows, float* out);
  // Adds the keys of the blocks [first, last) to what there is.
  void (*attend)(const AttendTask& task, int first, int last, AttendSums sums);
  // Keys (4 tiles, channels, 16) and values (64, channels), both f16 -> a low-bit block.
  void (*quantise_block)(LowBitShape shape, const uint16_t* keys, const uint16_t* values, uint8_t* out);
  // A segment's weights, their largest score and sum.
  void (*score_mixed)(const MixedTask& task, int segment);
  // All segments' sums -> shares.
  void (*weigh_mixed)(const MixedTask& task);
  // The `count` most important of the first `among` positions (mean share over the queries), ascending.
  void (*choose_mixed)(const MixedTask& task, int among, int count, int32_t* chosen);
  // Puts the fetched keys' weights in place of the low-bit ones.
  void (*replace_mixed)(const MixedTask& task, const FetchedPairs& pairs);
  // The weighted sum of a segment's values. Its weights are lost.
  void (*mix_mixed)(const MixedTask& task, const FetchedPairs& pairs, int segment);
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
