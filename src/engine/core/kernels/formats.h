// GGUF's quantised weight formats, read 32 values at a time: 8-bit integers, a scale every 4, one minimum.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// value[i] = scale[i / 4] * q[i] + extra
struct Block32 {
#if defined(__AVX2__)
  __m256i q;
  __m256 scale;
#else
  int8_t q[32];
  float scale[8];
#endif
  float extra;
};

static inline float half_at(const uint8_t* p) {
  uint16_t h;
  std::memcpy(&h, p, 2);
#if defined(__AVX2__)
  return _cvtsh_ss(h);
#else
  return half_to_float(h);
#endif
}

// The six-bit scale and minimum of sub-block j of a Q4_K or Q5_K block.
static inline void scale_and_min(const uint8_t* s, size_t j, float& scale, float& minimum) {
  if (j < 4) {
    scale = float(s[j] & 63);
    minimum = float(s[j + 4] & 63);
  } else {
    scale = float((s[j + 4] & 15) | (s[j - 4] >> 6) << 4);
    minimum = float((s[j + 4] >> 4) | (s[j] >> 6) << 4);
  }
}

// The six-bit scale of 16 values, run k of 16, of a Q3_K block.
static inline float scale_of_three(const uint8_t* s, size_t k) {
  const int low = k < 8 ? s[k] & 15 : s[k - 8] >> 4;
  return float((low | (s[8 + k % 4] >> (2 * (k / 4)) & 3) << 4) - 32);
}

// What a nibble stands for in IQ4_NL and IQ4_XS, and in MXFP4 (twice a 4-bit float).
alignas(16) constexpr int8_t uneven_steps[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                 1,    13,   25,  38,  53,  69,  89,  113};
alignas(16) constexpr int8_t tiny_floats[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

#if !defined(__AVX2__)

// Scalar reference: value by value, as the formats' definitions read.

static inline Block32 even_scales(float scale, float extra) {
  Block32 block;
  for (float& s : block.scale) s = scale;
  block.extra = extra;
  return block;
}

// Low nibbles are values 0 to 15, high nibbles 16 to 31; bit i of `fifth` (may be null) is value i's fifth bit.
static inline Block32 read_nibbles(const uint8_t* qs, const uint8_t* fifth, int offset, float scale, float extra) {
  Block32 block = even_scales(scale, extra);
  uint32_t bits = 0;
  if (fifth) std::memcpy(&bits, fifth, 4);
  for (int i = 0; i < 16; i++) {
    block.q[i] = int8_t(((qs[i] & 15) | (bits >> i & 1) << 4) - offset);
    block.q[i + 16] = int8_t(((qs[i] >> 4) | (bits >> (i + 16) & 1) << 4) - offset);
  }
  return block;
}

// Nibbles in the same order, each of them a place in a table.
static inline Block32 read_table(const uint8_t* qs, const int8_t* table, float scale) {
  Block32 block = even_scales(scale, 0);
  for (int i = 0; i < 16; i++) {
    block.q[i] = table[qs[i] & 15];
    block.q[i + 16] = table[qs[i] >> 4];
  }
  return block;
}

static inline Block32 read_bytes(const uint8_t* qs, float scale) {
  Block32 block = even_scales(scale, 0);
  std::memcpy(block.q, qs, 32);
  return block;
}

// 32 low or high nibbles; bit j of fifth[i] (may be null) is value i's fifth bit.
static inline Block32 read_k(const uint8_t* qs, bool upper, const uint8_t* fifth, int j, float scale, float extra) {
  Block32 block = even_scales(scale, extra);
  for (int i = 0; i < 32; i++) {
    const int nibble = upper ? qs[i] >> 4 : qs[i] & 15;
    block.q[i] = int8_t(nibble | (fifth ? (fifth[i] >> j & 1) << 4 : 0));
  }
  return block;
}

// 32 low or high nibbles with two bits of high[i] above them; a scale for each 16.
static inline Block32 read_six(const uint8_t* low, bool upper, const uint8_t* high, int shift, float scale0,
                               float scale1) {
  Block32 block = even_scales(scale0, 0);
  for (int i = 4; i < 8; i++) block.scale[i] = scale1;
  for (int i = 0; i < 32; i++) {
    const int nibble = upper ? low[i] >> 4 : low[i] & 15;
    block.q[i] = int8_t((nibble | (high[i] >> shift & 3) << 4) - 32);
  }
  return block;
}

// 32 pairs of bits, and above each one bit j of high[i]; a scale for each 16.
static inline Block32 read_three(const uint8_t* low, int shift, const uint8_t* high, int j, float scale0,
                                 float scale1) {
  Block32 block = even_scales(scale0, 0);
  for (int i = 4; i < 8; i++) block.scale[i] = scale1;
  for (int i = 0; i < 32; i++) block.q[i] = int8_t(((low[i] >> shift & 3) | (high[i] >> j & 1) << 2) - 4);
  return block;
}

static inline void store_block(const Block32& block, BlockRows out, int lane, size_t b) {
  std::memcpy(out.q(lane, b / 2) + b % 2 * 32, block.q, 32);
  std::memcpy(out.scale(lane, b / 2) + b % 2 * 8, block.scale, sizeof block.scale);
  out.extra(lane, b / 16)[b % 16] = block.extra;
}

#else

static inline __m256i load32(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

// Bit i of the four bytes as 16 in byte i.
static inline __m256i fifth_bits(const uint8_t* p) {
  uint32_t bits;
  std::memcpy(&bits, p, 4);
#if defined(__AVX512BW__)
  return _mm256_maskz_set1_epi8(bits, 16);
#else
  const __m256i spread = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(int(bits)), spread);
  const __m256i one_bit = _mm256_set1_epi64x(int64_t(0x8040201008040201));
  return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, one_bit), one_bit), _mm256_set1_epi8(16));
#endif
}

static inline Block32 read_nibbles(const uint8_t* qs, const uint8_t* fifth, int offset, float scale, float extra) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(qs));
  __m256i q = _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(x, 4), x), _mm256_set1_epi8(15));
  if (fifth) q = _mm256_or_si256(q, fifth_bits(fifth));
  return {_mm256_sub_epi8(q, _mm256_set1_epi8(char(offset))), _mm256_set1_ps(scale), extra};
}

static inline Block32 read_table(const uint8_t* qs, const int8_t* table, float scale) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(qs));
  const __m256i places = _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(x, 4), x), _mm256_set1_epi8(15));
  const __m256i values = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
  return {_mm256_shuffle_epi8(values, places), _mm256_set1_ps(scale), 0};
}

static inline Block32 read_bytes(const uint8_t* qs, float scale) { return {load32(qs), _mm256_set1_ps(scale), 0}; }

static inline __m256i bit_of_bytes(const uint8_t* p, int j, int value) {
  const __m256i bit = _mm256_set1_epi8(char(1 << j));
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(load32(p), bit), bit);
  return _mm256_and_si256(set, _mm256_set1_epi8(char(value)));
}

static inline __m256i read_pairs(const uint8_t* p, int shift) {
  return _mm256_and_si256(_mm256_srl_epi16(load32(p), _mm_cvtsi32_si128(shift)), _mm256_set1_epi8(3));
}

static inline __m256 two_scales(float scale0, float scale1) {
  return _mm256_set_m128(_mm_set1_ps(scale1), _mm_set1_ps(scale0));
}

static inline __m256i read_k_nibbles(const uint8_t* qs, bool upper) {
  const __m256i x = load32(qs);
  return _mm256_and_si256(upper ? _mm256_srli_epi16(x, 4) : x, _mm256_set1_epi8(15));
}

static inline Block32 read_k(const uint8_t* qs, bool upper, const uint8_t* fifth, int j, float scale, float extra) {
  __m256i q = read_k_nibbles(qs, upper);
  if (fifth) q = _mm256_or_si256(q, bit_of_bytes(fifth, j, 16));
  return {q, _mm256_set1_ps(scale), extra};
}

static inline Block32 read_six(const uint8_t* low, bool upper, const uint8_t* high, int shift, float scale0,
                               float scale1) {
  const __m256i q = _mm256_or_si256(read_k_nibbles(low, upper), _mm256_slli_epi16(read_pairs(high, shift), 4));
  return {_mm256_sub_epi8(q, _mm256_set1_epi8(32)), two_scales(scale0, scale1), 0};
}

static inline Block32 read_three(const uint8_t* low, int shift, const uint8_t* high, int j, float scale0,
                                 float scale1) {
  const __m256i q = _mm256_or_si256(read_pairs(low, shift), bit_of_bytes(high, j, 4));
  return {_mm256_sub_epi8(q, _mm256_set1_epi8(4)), two_scales(scale0, scale1), 0};
}

static inline void store_block(const Block32& block, BlockRows out, int lane, size_t b) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(out.q(lane, b / 2) + b % 2 * 32), block.q);
  _mm256_store_ps(out.scale(lane, b / 2) + b % 2 * 8, block.scale);
  out.extra(lane, b / 16)[b % 16] = block.extra;
}

#endif

// Each format: block b (32 values) of a row.

struct Q4_0 {
  static constexpr size_t bytes = 18;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_nibbles(p + 2, nullptr, 8, half_at(p), 0);
  }
};

struct Q4_1 {
  static constexpr size_t bytes = 20;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_nibbles(p + 4, nullptr, 0, half_at(p), half_at(p + 2));
  }
};

struct Q5_0 {
  static constexpr size_t bytes = 22;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_nibbles(p + 6, p + 2, 16, half_at(p), 0);
  }
};

struct Q5_1 {
  static constexpr size_t bytes = 24;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_nibbles(p + 8, p + 4, 0, half_at(p), half_at(p + 2));
  }
};

struct Q8_0 {
  static constexpr size_t bytes = 34;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_bytes(p + 2, half_at(p));
  }
};

// d, dmin, scales[12], (Q5_K: qh[32],) qs[128]
template <bool five_bits>
struct QK {
  static constexpr size_t bytes = five_bits ? 176 : 144;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * bytes;
    const size_t j = b % 8;
    float scale, minimum;
    scale_and_min(p + 4, j, scale, minimum);
    const uint8_t* qs = p + (five_bits ? 48 : 16) + 32 * (j / 2);
    return read_k(qs, j % 2, five_bits ? p + 16 : nullptr, int(j), half_at(p) * scale, -half_at(p + 2) * minimum);
  }
};
using Q4_K = QK<false>;
using Q5_K = QK<true>;

// ql[128], qh[64], scales[16], d
struct Q6_K {
  static constexpr size_t bytes = 210;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * bytes;
    const size_t half = b % 8 / 4, quarter = b % 4;
    const int8_t* scales = reinterpret_cast<const int8_t*>(p + 192 + 8 * half + 2 * quarter);
    const float d = half_at(p + 208);
    return read_six(p + 64 * half + 32 * (quarter % 2), quarter >= 2, p + 128 + 32 * half, int(2 * quarter),
                    d * float(scales[0]), d * float(scales[1]));
  }
};

// hmask[32], qs[64], scales[12], d
struct Q3_K {
  static constexpr size_t bytes = 110;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * bytes;
    const size_t j = b % 8;
    const float d = half_at(p + 108);
    return read_three(p + 32 + 32 * (j / 4), int(2 * (j % 4)), p, int(j), d * scale_of_three(p + 96, 2 * j),
                      d * scale_of_three(p + 96, 2 * j + 1));
  }
};

struct IQ4_NL {
  static constexpr size_t bytes = 18;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_table(p + 2, uneven_steps, half_at(p));
  }
};

// d, scales_h[2], scales_l[4], qs[128]: eight six-bit scales, their low nibbles before their upper two bits.
struct IQ4_XS {
  static constexpr size_t bytes = 136;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * bytes;
    const size_t j = b % 8;
    const int low = p[4 + j / 2] >> (4 * (j % 2)) & 15, high = p[2 + j / 4] >> (2 * (j % 4)) & 3;
    return read_table(p + 8 + 16 * j, uneven_steps, half_at(p) * float((low | high << 4) - 32));
  }
};

// e, qs[16]: the scale is the power of two e - 127; half of it, as the table holds doubles.
struct MXFP4 {
  static constexpr size_t bytes = 17;
  static Block32 read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * bytes;
    return read_table(p + 1, tiny_floats, std::ldexp(1.0f, int(p[0]) - 128));
  }
};

// Calls f with a value of the format's struct.
template <class F>
static inline void with_format(TensorType type, const F& f) {
  switch (type) {
    case TensorType::Q4_0: return f(Q4_0());
    case TensorType::Q4_1: return f(Q4_1());
    case TensorType::Q5_0: return f(Q5_0());
    case TensorType::Q5_1: return f(Q5_1());
    case TensorType::Q8_0: return f(Q8_0());
    case TensorType::Q3_K: return f(Q3_K());
    case TensorType::Q4_K: return f(Q4_K());
    case TensorType::Q5_K: return f(Q5_K());
    case TensorType::Q6_K: return f(Q6_K());
    case TensorType::IQ4_NL: return f(IQ4_NL());
    case TensorType::IQ4_XS: return f(IQ4_XS());
    case TensorType::MXFP4: return f(MXFP4());
    case TensorType::F32:
    case TensorType::F16:
    case TensorType::BF16:
    case TensorType::Q2_K: return;  // to_float reads these
  }
}

// Zeros behind the last value.
static inline void pad_row(BlockRows rows, int lane) {
  const size_t blocks = rows.columns / 32;
  if (blocks % 2) {
    std::memset(rows.q(lane, blocks / 2) + 32, 0, 32);
    std::memset(rows.scale(lane, blocks / 2) + 8, 0, 32);
  }
  for (size_t b = blocks; b < rows.extra_groups() * 16; b++) rows.extra(lane, b / 16)[b % 16] = 0;
}

static void unpack(TensorType type, const uint8_t* src, BlockRows out, int lane) {
  with_format(type, [&](auto format) {
    for (size_t b = 0; b < out.columns / 32; b++) store_block(format.read(src, b), out, lane, b);
  });
  pad_row(out, lane);
}

}  // namespace pathact::PATHACT_LEVEL
