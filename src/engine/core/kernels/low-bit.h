// The low-bit copy of keys and values (SpeCache, arXiv 2503.16163, with KIVI's groups, arXiv 2402.02750): quantise a
// block, score queries against its keys, mix its values. `LowBitShape` says how the bytes lie.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

constexpr int value_group = 64;
constexpr int most_folded = 4;  // queries of one pass over a block

struct Levels {
  float scale, zero;

  // Round half to even; a group of equal values has only the code 0, and so has what is no number.
  Vec codes(Vec x, int most) const {
    if (!(scale > 0)) return Vec::zero();
    const Vec exact = (x - Vec::all(zero)) / Vec::all(scale);
    const Vec bounded = min(max(exact, Vec::zero()), Vec::all(float(most)));
    return bounded + Vec::all(12582912.0f) - Vec::all(12582912.0f);
  }
};

// Two bits: the extremes of the group and two levels between. One bit: the middles of its lower and upper half, where
// the extremes would make every value too large. Of equal extremes +0 is the one that is kept.
static inline Levels levels_of(float least, float most, int bits) {
  if (bits == 1) return {(most - least) / 2, (3 * least + most) / 4 + 0.0f};
  return {(most - least) / 3, least + 0.0f};
}

// The levels of n values, whole vectors.
static inline Levels levels_of(const float* x, int n, int bits) {
  Vec least = Vec::all(INFINITY), most = Vec::all(-INFINITY);
  for (int i = 0; i < n; i += Vec::width) {
    least = min(Vec::load(x + i), least);
    most = max(Vec::load(x + i), most);
  }
  return levels_of(least.min(), most.max(), bits);
}

// Of one channel: bits of byte d % 4 of every position's four bytes.
static inline void put_key_codes(LowBitShape shape, size_t d, const Levels& levels, const float* x, uint8_t* out) {
  const size_t quad = d / 4, field = quad % size_t(shape.per_byte());
  const int shift = int(8 * (d % 4) + field * size_t(shape.bits));
  for (int j = 0; j < kv_block; j += Vec::width) {
    uint8_t* vector = out + (size_t(j / key_tile) * shape.key_vectors() + quad / size_t(shape.per_byte())) * 64;
    levels.codes(Vec::load(x + j), shape.most()).or_bits(shift, vector + size_t(j % key_tile) * 4);
  }
}

static void quantise_keys(LowBitShape shape, const uint16_t* keys, uint8_t* out) {
  const size_t padded = shape.channels();
  uint16_t* scales = shape.key_scales(out);
  for (size_t d = 0; d < size_t(shape.head_dim); d++) {
    alignas(64) float x[kv_block];
    for (int j = 0; j < kv_block; j += Vec::width)
      Vec::load_half(keys + (size_t(j / key_tile) * padded + d) * key_tile + size_t(j % key_tile)).store(x + j);
    const Levels levels = levels_of(x, kv_block, shape.bits);
    scales[d] = float_to_half(levels.scale);
    scales[padded + d] = float_to_half(levels.zero);
    put_key_codes(shape, d, levels, x, out);
  }
}

// Of `count` channels of one position.
static inline void put_value_codes(LowBitShape shape, int count, const Levels& levels, const float* x, uint8_t* out) {
  alignas(64) uint32_t codes[value_group] = {};
  for (int i = 0; i < value_group; i += Vec::width)
    levels.codes(Vec::load(x + i), shape.most()).or_bits(0, reinterpret_cast<uint8_t*>(codes + i));
  for (int i = count; i < value_group; i++) codes[i] = 0;
  const int bytes = int(shape.group_bytes());
  for (int field = 0; field < shape.per_byte(); field++) {
    for (int i = 0; i < bytes; i++) out[i] |= uint8_t(codes[field * bytes + i] << field * shape.bits);
  }
}

static void quantise_values(LowBitShape shape, const uint16_t* values, uint8_t* out) {
  const size_t padded = shape.channels();
  for (size_t j = 0; j < kv_block; j++) {
    for (size_t g = 0; g < shape.groups(); g++) {
      const size_t first = g * value_group, count = std::min(size_t(value_group), size_t(shape.head_dim) - first);
      alignas(64) float x[value_group];
      for (size_t i = 0; i < round_up(count, 16); i += size_t(Vec::width))
        Vec::load_half(values + j * padded + first + i).store(x + i);
      std::fill(x + count, x + value_group, x[0]);
      const Levels levels = levels_of(x, value_group, shape.bits);
      uint16_t* scales = shape.value_scales(out) + (j * shape.groups() + g) * 2;
      scales[0] = float_to_half(levels.scale);
      scales[1] = float_to_half(levels.zero);
      put_value_codes(shape, int(count), levels, x,
                      shape.value_codes(out) + (j * shape.groups() + g) * shape.group_bytes());
    }
  }
}

static void quantise_block(LowBitShape shape, const uint16_t* keys, const uint16_t* values, uint8_t* out) {
  std::memset(out, 0, shape.bytes());
  quantise_keys(shape, keys, out);
  quantise_values(shape, values, out);
}

// A query with a block's key scales folded in: its score with a position is step * (folded . codes) + constant.
struct FoldedQuery {
  alignas(64) int8_t q[most_low_bit_head_dim];
  float step, constant;
};

static inline void fold(LowBitShape shape, const uint8_t* block, const float* q, FoldedQuery& folded) {
  const uint16_t* scales = shape.key_scales(block);
  const size_t padded = shape.channels(), n = size_t(shape.head_dim);
  alignas(64) float scaled[most_low_bit_head_dim];
  float largest = 0, constant = 0;
  size_t d = 0;
#if defined(__AVX2__)
  Vec most = Vec::zero(), sum = Vec::zero();
  for (; d + Vec::width <= n; d += Vec::width) {
    const Vec query = Vec::load(q + d), x = query * Vec::load_half(scales + d);
    x.store(scaled + d);
    most = max(most, max(x, Vec::zero() - x));
    sum = fma(query, Vec::load_half(scales + padded + d), sum);
  }
  largest = most.max();
  constant = sum.sum();
#endif
  for (; d < n; d++) {
    scaled[d] = q[d] * half_to_float(scales[d]);
    largest = std::max(largest, std::abs(scaled[d]));
    constant += q[d] * half_to_float(scales[padded + d]);
  }
  const float inverse = largest > 0 ? 127 / largest : 0;
  for (size_t i = 0; i < n; i++) folded.q[i] = int8_t(scaled[i] * inverse + 12582912.0f - 12582912.0f);
  std::memset(folded.q + n, 0, shape.key_vectors() * size_t(shape.per_byte()) * 4 - n);
  folded.step = largest / 127;
  folded.constant = constant;
}

#if defined(__AVX512VNNI__)

template <int bits, int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const FoldedQuery* folded, float* scores,
                                size_t stride) {
  const size_t vectors = shape.key_vectors();
  const __m512i mask = _mm512_set1_epi8(char((1 << bits) - 1));
  for (size_t tile = 0; tile < kv_block / key_tile; tile++) {
    __m512i sums[R];
    for (__m512i& sum : sums) sum = _mm512_setzero_si512();
    for (size_t v = 0; v < vectors; v++) {
      const __m512i packed = _mm512_load_si512(block + (tile * vectors + v) * 64);
#pragma GCC unroll 8
      for (int field = 0; field < 8 / bits; field++) {
        const __m512i codes = _mm512_and_si512(_mm512_srli_epi16(packed, unsigned(field * bits)), mask);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) {
          int32_t four;
          std::memcpy(&four, folded[r].q + (v * (8 / bits) + size_t(field)) * 4, 4);
          sums[r] = _mm512_dpbusd_epi32(sums[r], codes, _mm512_set1_epi32(four));
        }
      }
    }
    for (int r = 0; r < R; r++) {
      const __m512 score = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[r]), _mm512_set1_ps(folded[r].step),
                                           _mm512_set1_ps(folded[r].constant));
      _mm512_storeu_ps(scores + size_t(r) * stride + tile * key_tile, score);
    }
  }
}

template <int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const FoldedQuery* folded, float* scores,
                                size_t stride) {
  if (shape.bits == 2) return score_folded<2, R>(shape, block, folded, scores, stride);
  score_folded<1, R>(shape, block, folded, scores, stride);
}

#elif defined(__AVX2__)

template <int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const FoldedQuery* folded, float* scores,
                                size_t stride) {
  const size_t vectors = shape.key_vectors(), fields = size_t(shape.per_byte());
  const __m256i mask = _mm256_set1_epi8(char(shape.most())), ones = _mm256_set1_epi16(1);
  for (size_t part = 0; part < kv_block / 8; part++) {
    const uint8_t* tile = block + part / 2 * vectors * 64 + part % 2 * 32;
    __m256i sums[R];
    for (__m256i& sum : sums) sum = _mm256_setzero_si256();
    for (size_t v = 0; v < vectors; v++) {
      const __m256i packed = _mm256_load_si256(reinterpret_cast<const __m256i*>(tile + v * 64));
      for (size_t field = 0; field < fields; field++) {
        const __m128i shift = _mm_cvtsi32_si128(int(field) * shape.bits);
        const __m256i codes = _mm256_and_si256(_mm256_srl_epi16(packed, shift), mask);
        for (int r = 0; r < R; r++) {
          int32_t four;
          std::memcpy(&four, folded[r].q + (v * fields + field) * 4, 4);
          // A pair of products is at most 2 * 3 * 127.
          const __m256i pairs = _mm256_maddubs_epi16(codes, _mm256_set1_epi32(four));
          sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(pairs, ones));
        }
      }
    }
    for (int r = 0; r < R; r++) {
      const __m256 score = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[r]), _mm256_set1_ps(folded[r].step),
                                           _mm256_set1_ps(folded[r].constant));
      _mm256_storeu_ps(scores + size_t(r) * stride + part * 8, score);
    }
  }
}

#else

template <int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const FoldedQuery* folded, float* scores,
                                size_t stride) {
  const size_t vectors = shape.key_vectors(), fields = size_t(shape.per_byte());
  for (size_t j = 0; j < kv_block; j++) {
    const uint8_t* tile = block + j / key_tile * vectors * 64 + j % key_tile * 4;
    for (int r = 0; r < R; r++) {
      int sum = 0;
      for (size_t i = 0; i < vectors * fields * 4; i++) {
        const size_t quad = i / 4;
        const int code = tile[quad / fields * 64 + i % 4] >> quad % fields * size_t(shape.bits) & shape.most();
        sum += code * folded[r].q[i];
      }
      scores[size_t(r) * stride + j] = float(sum) * folded[r].step + folded[r].constant;
    }
  }
}

#endif

static void score_low_bit(LowBitShape shape, const uint8_t* block, const float* q, int queries, float* scores,
                          size_t stride) {
  FoldedQuery folded[most_folded];
  for (int first = 0; first < queries; first += most_folded) {
    const int many = std::min(most_folded, queries - first);
    for (int r = 0; r < many; r++) fold(shape, block, q + size_t(first + r) * size_t(shape.head_dim), folded[r]);
    float* out = scores + size_t(first) * stride;
    switch (many) {
      case 1: score_folded<1>(shape, block, folded, out, stride); break;
      case 2: score_folded<2>(shape, block, folded, out, stride); break;
      case 3: score_folded<3>(shape, block, folded, out, stride); break;
      case 4: score_folded<4>(shape, block, folded, out, stride); break;
    }
  }
}

#if defined(__AVX2__)

// 64 channels of one position as 64 / Vec::width vectors.
static inline void read_codes(const uint8_t* codes, int bits, Vec* out) {
  if (bits == 2) {
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
    for (int field = 0; field < 4; field++) {
      const __m128i bytes = _mm_and_si128(_mm_srl_epi16(packed, _mm_cvtsi32_si128(field * 2)), _mm_set1_epi8(3));
      widen(bytes, out + field * (16 / Vec::width));
    }
    return;
  }
  for (int pair = 0; pair < 4; pair++) {
    uint64_t packed, fields[2];
    std::memcpy(&packed, codes, 8);
    for (int i = 0; i < 2; i++) fields[i] = packed >> (pair * 2 + i) & 0x0101010101010101u;
    widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(fields)), out + pair * (16 / Vec::width));
  }
}

#else

static inline void read_codes(const uint8_t* codes, int bits, Vec* out) {
  const int bytes = 8 * bits;
  for (int i = 0; i < value_group; i++) out[i] = {float(codes[i % bytes] >> i / bytes * bits & ((1 << bits) - 1))};
}

#endif

template <int R>
static inline void mix_group(LowBitShape shape, const uint8_t* block, size_t group, const float* weights, size_t stride,
                             float* out) {
  constexpr int vectors = value_group / Vec::width;
  const size_t padded = shape.channels(), first = group * value_group;
  const int used = int(std::min(size_t(value_group), padded - first)) / Vec::width;
  Vec sums[R][vectors], codes[vectors];
  for (int r = 0; r < R; r++) {
    for (int i = 0; i < vectors; i++) sums[r][i] = Vec::zero();
  }
  float zeros[R] = {};
  alignas(64) float most[kv_block], levels[kv_block * 2];
  for (int j = 0; j < kv_block; j += Vec::width) {
    Vec largest = Vec::load(weights + j);
    for (int r = 1; r < R; r++) largest = max(largest, Vec::load(weights + size_t(r) * stride + j));
    largest.store(most + j);
  }
  if (shape.groups() == 1) {
    for (int i = 0; i < kv_block * 2; i += Vec::width) Vec::load_half(shape.value_scales(block) + i).store(levels + i);
  } else {
    for (size_t i = 0; i < kv_block * 2; i++)
      levels[i] = half_to_float(shape.value_scales(block)[(i / 2 * shape.groups() + group) * 2 + i % 2]);
  }
  size_t used_positions[kv_block], positions = 0;  // listed without a branch, which could not be foreseen
  for (size_t j = 0; j < kv_block; j++) {
    used_positions[positions] = j;
    positions += most[j] != 0;
  }
  for (size_t i = 0; i < positions; i++) {
    const size_t j = used_positions[i], at = j * shape.groups() + group;
    const float scale = levels[2 * j], zero = levels[2 * j + 1];
    read_codes(shape.value_codes(block) + at * shape.group_bytes(), shape.bits, codes);
    for (int r = 0; r < R; r++) {
      const float weight = weights[size_t(r) * stride + j];
      zeros[r] += weight * zero;
      const Vec scaled = Vec::all(weight * scale);
      for (int k = 0; k < vectors; k++) sums[r][k] = fma(scaled, codes[k], sums[r][k]);
    }
  }
  for (int r = 0; r < R; r++) {
    float* place = out + size_t(r) * padded + first;
    for (int i = 0; i < used; i++) {
      (Vec::load(place + i * Vec::width) + sums[r][i] + Vec::all(zeros[r])).store(place + i * Vec::width);
    }
  }
}

static void mix_low_bit(LowBitShape shape, const uint8_t* block, const float* weights, size_t stride, int queries,
                        float* out) {
  for (size_t group = 0; group < shape.groups(); group++) {
    int r = 0;
    for (; r + 3 <= queries; r += 3)
      mix_group<3>(shape, block, group, weights + size_t(r) * stride, stride, out + size_t(r) * shape.channels());
    for (; r < queries; r++)
      mix_group<1>(shape, block, group, weights + size_t(r) * stride, stride, out + size_t(r) * shape.channels());
  }
}

}  // namespace pathact::PATHACT_LEVEL
