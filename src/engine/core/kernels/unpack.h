// Quantised weight rows -> BlockRow: 8-bit integers with a scale every 4 values and a minimum every 32.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

static inline float half_at(const uint8_t* p) {
  uint16_t h;
  std::memcpy(&h, p, 2);
#if defined(__AVX2__)
  return _cvtsh_ss(h);
#else
  return half_to_float(h);
#endif
}

static inline void put_scale(BlockRow out, size_t block, float scale, float extra) {
#if defined(__AVX2__)
  _mm256_storeu_ps(out.scale + block * 8, _mm256_set1_ps(scale));
#else
  for (int i = 0; i < 8; i++) out.scale[block * 8 + i] = scale;
#endif
  out.extra[block] = extra;
}

// The six-bit scale and minimum of sub-block j of a Q4_K or Q5_K block.
static inline void scale_and_min(const uint8_t* s, int j, float& scale, float& minimum) {
  if (j < 4) {
    scale = float(s[j] & 63);
    minimum = float(s[j + 4] & 63);
  } else {
    scale = float((s[j + 4] & 15) | (s[j - 4] >> 6) << 4);
    minimum = float((s[j + 4] >> 4) | (s[j] >> 6) << 4);
  }
}

// Scalar reference: value by value, as the format's definition reads.

static inline void unpack_q4_reference(const uint8_t* qs, int offset, uint8_t* q) {
  for (int i = 0; i < 16; i++) {
    q[i] = uint8_t((qs[i] & 15) - offset);
    q[i + 16] = uint8_t((qs[i] >> 4) - offset);
  }
}

static inline void unpack_q5_reference(const uint8_t* high, const uint8_t* qs, int offset, uint8_t* q) {
  uint32_t bits;
  std::memcpy(&bits, high, 4);
  for (int i = 0; i < 16; i++) {
    q[i] = uint8_t(((qs[i] & 15) | (bits >> i & 1) << 4) - offset);
    q[i + 16] = uint8_t(((qs[i] >> 4) | (bits >> (i + 16) & 1) << 4) - offset);
  }
}

// 32 values of a Q4_K or Q5_K block: chunk c's low or high nibbles, with bit `bit` of `high` as the fifth bit.
static inline void unpack_k_reference(const uint8_t* qs, bool upper, const uint8_t* high, int bit, uint8_t* q) {
  for (int i = 0; i < 32; i++) {
    const int nibble = upper ? qs[i] >> 4 : qs[i] & 15;
    q[i] = uint8_t(nibble | (high ? (high[i] >> bit & 1) << 4 : 0));
  }
}

// Quarter k (32 values) of one half of a Q6_K block.
static inline void unpack_q6_reference(const uint8_t* low, const uint8_t* high, int k, uint8_t* q) {
  for (int i = 0; i < 32; i++) {
    const int byte = low[i + 32 * (k & 1)];
    const int nibble = k < 2 ? byte & 15 : byte >> 4;
    q[i] = uint8_t((nibble | (high[i] >> (2 * k) & 3) << 4) - 32);
  }
}

#if defined(__AVX2__)

static inline __m256i load32(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
static inline void store32(uint8_t* p, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }

static inline __m256i nibbles(const uint8_t* qs) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(qs));
  return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(x, 4), x), _mm256_set1_epi8(15));
}

// Bit i of `bits` as 16 in byte i.
static inline __m256i fifth_bits(const uint8_t* p) {
  uint32_t bits;
  std::memcpy(&bits, p, 4);
#if defined(__AVX512VL__) && defined(__AVX512BW__)
  return _mm256_maskz_set1_epi8(bits, 16);
#else
  const __m256i spread = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(int(bits)), spread);
  const __m256i one_bit = _mm256_set1_epi64x(int64_t(0x8040201008040201));
  return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, one_bit), one_bit), _mm256_set1_epi8(16));
#endif
}

static inline void unpack_q4(const uint8_t* qs, int offset, uint8_t* q) {
  store32(q, _mm256_sub_epi8(nibbles(qs), _mm256_set1_epi8(char(offset))));
}

static inline void unpack_q5(const uint8_t* high, const uint8_t* qs, int offset, uint8_t* q) {
  const __m256i value = _mm256_or_si256(nibbles(qs), fifth_bits(high));
  store32(q, _mm256_sub_epi8(value, _mm256_set1_epi8(char(offset))));
}

static inline void unpack_k(const uint8_t* qs, bool upper, const uint8_t* high, int bit, uint8_t* q) {
  const __m256i x = load32(qs);
  __m256i value = _mm256_and_si256(upper ? _mm256_srli_epi16(x, 4) : x, _mm256_set1_epi8(15));
  if (high) {
    const __m256i mask = _mm256_set1_epi8(char(1 << bit));
    const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(load32(high), mask), mask);
    value = _mm256_or_si256(value, _mm256_and_si256(set, _mm256_set1_epi8(16)));
  }
  store32(q, value);
}

static inline void unpack_q6(const uint8_t* low, const uint8_t* high, int k, uint8_t* q) {
  const __m256i x = load32(low + 32 * (k & 1));
  const __m256i nibble = _mm256_and_si256(k < 2 ? x : _mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
  const __m256i pair = _mm256_and_si256(_mm256_srl_epi16(load32(high), _mm_cvtsi32_si128(2 * k)), _mm256_set1_epi8(3));
  const __m256i value = _mm256_or_si256(nibble, _mm256_slli_epi16(pair, 4));
  store32(q, _mm256_sub_epi8(value, _mm256_set1_epi8(32)));
}

#else

static inline void unpack_q4(const uint8_t* qs, int offset, uint8_t* q) { unpack_q4_reference(qs, offset, q); }
static inline void unpack_q5(const uint8_t* high, const uint8_t* qs, int offset, uint8_t* q) {
  unpack_q5_reference(high, qs, offset, q);
}
static inline void unpack_k(const uint8_t* qs, bool upper, const uint8_t* high, int bit, uint8_t* q) {
  unpack_k_reference(qs, upper, high, bit, q);
}
static inline void unpack_q6(const uint8_t* low, const uint8_t* high, int k, uint8_t* q) {
  unpack_q6_reference(low, high, k, q);
}

#endif

static inline void unpack_k_block(const uint8_t* block, bool five_bits, size_t first, BlockRow out) {
  const float d = half_at(block), d_min = half_at(block + 2);
  const uint8_t* scales = block + 4;
  const uint8_t* high = five_bits ? block + 16 : nullptr;
  const uint8_t* qs = block + (five_bits ? 48 : 16);
  for (int j = 0; j < 8; j++) {
    float scale, minimum;
    scale_and_min(scales, j, scale, minimum);
    unpack_k(qs + 32 * (j / 2), j & 1, high, j, out.q + (first + size_t(j)) * 32);
    put_scale(out, first + size_t(j), d * scale, -d_min * minimum);
  }
}

static inline void unpack_q6_block(const uint8_t* block, size_t first, BlockRow out) {
  const int8_t* scales = reinterpret_cast<const int8_t*>(block + 192);
  const float d = half_at(block + 208);
  for (int j = 0; j < 8; j++) {
    const int half = j / 4, quarter = j % 4;
    const size_t b = first + size_t(j);
    unpack_q6(block + 64 * half, block + 128 + 32 * half, quarter, out.q + b * 32);
    for (int i = 0; i < 8; i++) out.scale[b * 8 + size_t(i)] = d * float(scales[8 * half + 2 * quarter + i / 4]);
    out.extra[b] = 0;
  }
}

static inline void pad_row(BlockRow row, size_t n) {
  const BlockRowLayout layout(n);
  std::memset(row.q + n, 0, layout.values - n);
  std::memset(row.scale + n / 4, 0, (layout.values - n) / 4 * sizeof(float));
  std::memset(row.extra + n / 32, 0, (layout.extras() - n / 32) * sizeof(float));
}

static void unpack(TensorType type, const uint8_t* src, size_t n, BlockRow out) {
  const size_t blocks = n / 32;
  switch (type) {
    case TensorType::Q4_0:
      for (size_t b = 0; b < blocks; b++, src += 18) {
        unpack_q4(src + 2, 8, out.q + b * 32);
        put_scale(out, b, half_at(src), 0);
      }
      break;
    case TensorType::Q4_1:
      for (size_t b = 0; b < blocks; b++, src += 20) {
        unpack_q4(src + 4, 0, out.q + b * 32);
        put_scale(out, b, half_at(src), half_at(src + 2));
      }
      break;
    case TensorType::Q5_0:
      for (size_t b = 0; b < blocks; b++, src += 22) {
        unpack_q5(src + 2, src + 6, 16, out.q + b * 32);
        put_scale(out, b, half_at(src), 0);
      }
      break;
    case TensorType::Q5_1:
      for (size_t b = 0; b < blocks; b++, src += 24) {
        unpack_q5(src + 4, src + 8, 0, out.q + b * 32);
        put_scale(out, b, half_at(src), half_at(src + 2));
      }
      break;
    case TensorType::Q8_0:
      for (size_t b = 0; b < blocks; b++, src += 34) {
        std::memcpy(out.q + b * 32, src + 2, 32);
        put_scale(out, b, half_at(src), 0);
      }
      break;
    case TensorType::Q4_K:
      for (size_t b = 0; b < blocks; b += 8, src += 144) unpack_k_block(src, false, b, out);
      break;
    case TensorType::Q5_K:
      for (size_t b = 0; b < blocks; b += 8, src += 176) unpack_k_block(src, true, b, out);
      break;
    case TensorType::Q6_K:
      for (size_t b = 0; b < blocks; b += 8, src += 210) unpack_q6_block(src, b, out);
      break;
    case TensorType::F32:
    case TensorType::F16:
    case TensorType::BF16:
      break;  // never quantised: to_float reads these
  }
  pad_row(out, n);
}

// F32, F16 and BF16 rows.
static void to_float(TensorType type, const uint8_t* src, size_t n, float* out) {
  if (type == TensorType::F32) {
    std::memcpy(out, src, n * sizeof(float));
    return;
  }
  size_t i = 0;
#if defined(__AVX2__)
  for (; i + 8 <= n; i += 8) {
    const __m128i h = _mm_loadu_si128(reinterpret_cast<const __m128i*>(src + i * 2));
    const __m256 brain = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16));
    _mm256_storeu_ps(out + i, type == TensorType::F16 ? _mm256_cvtph_ps(h) : brain);
  }
#endif
  for (; i < n; i++) {
    uint16_t h;
    std::memcpy(&h, src + i * 2, 2);
    const uint32_t bits = uint32_t(h) << 16;
    if (type == TensorType::F16) out[i] = half_to_float(h);
    else std::memcpy(out + i, &bits, 4);
  }
}

static void to_half(const float* src, size_t n, uint16_t* out) {
  size_t i = 0;
#if defined(__AVX2__)
  const __m256 most = _mm256_set1_ps(65504.0f), least = _mm256_set1_ps(-65504.0f);
  for (; i + 8 <= n; i += 8) {
    const __m256 x = _mm256_max_ps(least, _mm256_min_ps(most, _mm256_loadu_ps(src + i)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
  }
#endif
  for (; i < n; i++) out[i] = float_to_half(src[i]);
}

}  // namespace pathact::PATHACT_LEVEL
