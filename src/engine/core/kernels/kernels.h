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
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  BF16 = 30,
};

// Values and bytes of one block of a tensor type.
struct Format {
  size_t values, bytes;
};
// False for a type that these kernels do not read.
bool format_of(uint32_t type, Format& format);

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// A row of n values as 8-bit integers with scales: every quantised weight row unpacks to this, every activation
// row quantises to it, so one dot product serves all formats. Padded with zeros to 64 values.
//   weights:     value[i] = scale[i / 4] * q[i] + extra[i / 32]           (extra: the block's minimum, or 0)
//   activations: value[i] = scale[i / 4] * x[i], extra[i / 32] = scale * sum of the block's x
// Activations are stored as x, or as x + 128 where the level's dot product wants them unsigned.
struct BlockRow {
  uint8_t* q;
  float* scale;
  float* extra;
};

struct BlockRowLayout {
  size_t values;  // n rounded up to 64

  explicit BlockRowLayout(size_t n) : values(round_up(n, 64)) {}
  size_t extras() const { return round_up(values / 32, 16); }
  size_t bytes() const { return values + values + extras() * sizeof(float); }
  BlockRow at(uint8_t* base, size_t row) const {
    uint8_t* q = base + row * bytes();
    float* scale = reinterpret_cast<float*>(q + values);
    return {q, scale, scale + values / 4};
  }
};

// Weight rows as they lie in the file.
struct PackedRows {
  TensorType type;
  const uint8_t* data;
  size_t row_bytes;
  size_t rows;
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
  int head_dim_padded;       // rounded up to 16
  int queries;
  const float* q;            // (queries, head_dim), already scaled
  const int* length;         // (queries) keys each one sees; never falls from one query to the next
  float* out;                // (queries, head_dim_padded)
  float* running_max;        // (queries) scratch
  float* running_sum;        // (queries) scratch
};

constexpr int most_packed = 4;         // activation rows
constexpr int most_packed_rows = 16;   // weight rows

struct Kernels {
  const char* name;
  int activation_offset;  // what is added to a quantised activation
  // Quantised weight row -> BlockRow. n is a multiple of the format's block.
  void (*unpack)(TensorType type, const uint8_t* src, size_t n, BlockRow out);
  // F32, F16 or BF16 row -> floats.
  void (*to_float)(TensorType type, const uint8_t* src, size_t n, float* out);
  void (*to_half)(const float* src, size_t n, uint16_t* out);
  // Activations, symmetric, 32 values a block; n is a multiple of 32.
  void (*quantise_row)(const float* x, size_t n, BlockRow out);
  // out[r] = w . x_r for `rows` activation rows, in an order of additions that does not depend on `rows`.
  void (*dot_blocks)(BlockRow w, const uint8_t* x, size_t n, int rows, float* out);
  // The same for at most `most_packed_rows` packed weight rows and `most_packed` activation rows, without unpacking
  // first: out[i * rows + r]. `extra`: aligned scratch, BlockRowLayout(columns).extras() floats a weight row.
  void (*dot_packed)(const PackedRows& w, const uint8_t* x, int rows, float* extra, float* out);
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
