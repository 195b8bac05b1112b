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
  const float* q;      // (queries, head_dim), already scaled
  const int* start;    // (queries) first key each one sees; never falls from one query to the next
  const int* length;   // (queries) end of the keys each one sees, past its start; never falls either
  float* out;          // (queries, head_dim_padded)
  float* running_max;  // (queries) scratch
  float* running_sum;  // (queries) scratch
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
  void (*attend)(const AttendTask& task);
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
