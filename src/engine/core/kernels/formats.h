// GGUF's quantised weight formats, read 32 values at a time, as the formats' definitions read.
#pragma once

#include "kernels/kernels.h"
#include "kernels/panel.h"

namespace pathact::PATHACT_LEVEL {

// What a nibble stands for in IQ4_NL and IQ4_XS, and in MXFP4 (twice a 4-bit float), plus 128.
struct UnevenSteps {
  static constexpr bool is_there = true;
  alignas(16) static constexpr uint8_t values[16] = {1,   24,  45,  63,  79,  93,  106, 118,
                                                     129, 141, 153, 166, 181, 197, 217, 241};
};
struct TinyFloats {
  static constexpr bool is_there = true;
  alignas(16) static constexpr uint8_t values[16] = {128, 129, 130, 131, 132, 134, 136, 140,
                                                     128, 127, 126, 125, 124, 122, 120, 116};
};

static inline uint16_t word_at(const uint8_t* p) { return uint16_t(p[0] | p[1] << 8); }

// Low nibbles are values 0 to 15, high nibbles 16 to 31.
static inline void read_nibbles(const uint8_t* qs, Block& block) {
  for (int i = 0; i < 16; i++) {
    block.code[i] = qs[i] & 15;
    block.code[i + 16] = qs[i] >> 4;
  }
}

// Bit i of the four bytes is value i's fifth.
static inline void add_fifth_bits(const uint8_t* bits, Block& block) {
  for (int i = 0; i < 32; i++) block.code[i] = uint8_t(block.code[i] | (bits[i / 8] >> (i % 8) & 1) << 4);
}

// 32 low or high nibbles.
static inline void read_k_nibbles(const uint8_t* qs, bool upper, Block& block) {
  for (int i = 0; i < 32; i++) block.code[i] = upper ? qs[i] >> 4 : qs[i] & 15;
}

// `bits` bits from bit `shift` on of each of 32 bytes, put at bit `to` of the codes.
static inline void add_fields(const uint8_t* p, size_t shift, int bits, int to, Block& block) {
  for (int i = 0; i < 32; i++) block.code[i] = uint8_t(block.code[i] | (p[i] >> shift & ((1 << bits) - 1)) << to);
}

// Each format: block b of a row, and how panels hold it.

struct Q4_0 {
  using Codes = PATHACT_LEVEL::Codes<4, 0, 8>;
  using Scales = BlockScales<false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 18;
    Block block{.d = word_at(p)};
    read_nibbles(p + 2, block);
    return block;
  }
};

struct Q4_1 {
  using Codes = PATHACT_LEVEL::Codes<4, 0, 0>;
  using Scales = BlockScales<true>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 20;
    Block block{.d = word_at(p), .m = word_at(p + 2)};
    read_nibbles(p + 4, block);
    return block;
  }
};

struct Q5_0 {
  using Codes = PATHACT_LEVEL::Codes<4, 1, 16>;
  using Scales = BlockScales<false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 22;
    Block block{.d = word_at(p)};
    read_nibbles(p + 6, block);
    add_fifth_bits(p + 2, block);
    return block;
  }
};

struct Q5_1 {
  using Codes = PATHACT_LEVEL::Codes<4, 1, 0>;
  using Scales = BlockScales<true>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 24;
    Block block{.d = word_at(p), .m = word_at(p + 2)};
    read_nibbles(p + 8, block);
    add_fifth_bits(p + 4, block);
    return block;
  }
};

struct Q8_0 {
  using Codes = PATHACT_LEVEL::Codes<8, 0, 128>;
  using Scales = BlockScales<false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 34;
    Block block{.d = word_at(p)};
    for (int i = 0; i < 32; i++) block.code[i] = p[2 + i] ^ 128;
    return block;
  }
};

// d, dmin, scales[12], (Q5_K: qh[32],) qs[128]
template <bool five_bits>
struct QK {
  using Codes = PATHACT_LEVEL::Codes<4, five_bits, 0>;
  using Scales = SuperScales<1, true>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * (five_bits ? 176 : 144);
    const size_t j = b % 8;
    Block block{.d = word_at(p), .m = word_at(p + 2)};
    read_scale_and_minimum(p + 4, j, block);
    read_k_nibbles(p + (five_bits ? 48 : 16) + 32 * (j / 2), j % 2, block);
    if constexpr (five_bits) add_fields(p + 16, j, 1, 4, block);
    return block;
  }
  static void read_scale_and_minimum(const uint8_t* s, size_t j, Block& block) {
    block.scale[0] = block.scale[1] = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
    block.minimum = j < 4 ? s[j + 4] & 63 : (s[j + 4] >> 4) | (s[j] >> 6) << 4;
  }
};
using Q4_K = QK<false>;
using Q5_K = QK<true>;

// ql[128], qh[64], scales[16], d
struct Q6_K {
  using Codes = PATHACT_LEVEL::Codes<4, 2, 32>;
  using Scales = SuperScales<2, false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * 210;
    const size_t half = b % 8 / 4, quarter = b % 4;
    const int8_t* scales = reinterpret_cast<const int8_t*>(p + 192 + 8 * half + 2 * quarter);
    Block block{.d = word_at(p + 208), .scale = {scales[0], scales[1]}};
    read_k_nibbles(p + 64 * half + 32 * (quarter % 2), quarter >= 2, block);
    add_fields(p + 128 + 32 * half, 2 * quarter, 2, 4, block);
    return block;
  }
};

// hmask[32], qs[64], scales[12], d
struct Q3_K {
  using Codes = PATHACT_LEVEL::Codes<2, 1, 4>;
  using Scales = SuperScales<2, false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * 110;
    const size_t j = b % 8;
    Block block{.code = {}, .d = word_at(p + 108), .scale = {scale(p + 96, 2 * j), scale(p + 96, 2 * j + 1)}};
    add_fields(p + 32 + 32 * (j / 4), 2 * (j % 4), 2, 0, block);
    add_fields(p, j, 1, 2, block);
    return block;
  }
  // The six-bit scale of 16 values, run k of 16.
  static int scale(const uint8_t* s, size_t k) {
    const int low = k < 8 ? s[k] & 15 : s[k - 8] >> 4;
    return (low | (s[8 + k % 4] >> (2 * (k / 4)) & 3) << 4) - 32;
  }
};

struct IQ4_NL {
  using Codes = PATHACT_LEVEL::Codes<4, 0, 128, UnevenSteps>;
  using Scales = BlockScales<false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 18;
    Block block{.d = word_at(p)};
    read_nibbles(p + 2, block);
    return block;
  }
};

// d, scales_h[2], scales_l[4], qs[128]: eight six-bit scales, their low nibbles before their upper two bits.
struct IQ4_XS {
  using Codes = PATHACT_LEVEL::Codes<4, 0, 128, UnevenSteps>;
  using Scales = SuperScales<1, false>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b / 8 * 136;
    const size_t j = b % 8;
    const int low = p[4 + j / 2] >> (4 * (j % 2)) & 15, high = p[2 + j / 4] >> (2 * (j % 4)) & 3;
    const int scale = (low | high << 4) - 32;
    Block block{.d = word_at(p), .scale = {scale, scale}};
    read_nibbles(p + 8 + 16 * j, block);
    return block;
  }
};

// e, qs[16]: the scale is the power of two e - 127; half of it, as the table holds doubles.
struct MXFP4 {
  using Codes = PATHACT_LEVEL::Codes<4, 0, 128, TinyFloats>;
  using Scales = BlockScales<false, true>;
  static Block read(const uint8_t* row, size_t b) {
    const uint8_t* p = row + b * 17;
    // 2^(e - 128) as a bf16, which is subnormal for the two smallest.
    Block block{.d = uint16_t(p[0] > 1 ? (p[0] - 1) << 7 : 32 << p[0])};
    read_nibbles(p + 1, block);
    return block;
  }
};

// Calls f with a value of the format's struct; false for types that have none.
template <class F>
static inline bool with_format(TensorType type, const F& f) {
  switch (type) {
    case TensorType::Q4_0: return f(Q4_0()), true;
    case TensorType::Q4_1: return f(Q4_1()), true;
    case TensorType::Q5_0: return f(Q5_0()), true;
    case TensorType::Q5_1: return f(Q5_1()), true;
    case TensorType::Q8_0: return f(Q8_0()), true;
    case TensorType::Q3_K: return f(Q3_K()), true;
    case TensorType::Q4_K: return f(Q4_K()), true;
    case TensorType::Q5_K: return f(Q5_K()), true;
    case TensorType::Q6_K: return f(Q6_K()), true;
    case TensorType::IQ4_NL: return f(IQ4_NL()), true;
    case TensorType::IQ4_XS: return f(IQ4_XS()), true;
    case TensorType::MXFP4: return f(MXFP4()), true;
    case TensorType::F32:
    case TensorType::F16:
    case TensorType::BF16:
    case TensorType::Q2_K: return false;
  }
  return false;
}

}  // namespace pathact::PATHACT_LEVEL
