// Mixes the values of low-bit blocks (SpeCache, arXiv 2503.16163).
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

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

constexpr int most_mixed = 4;  // queries of one pass over a block

static void mix_low_bit(LowBitShape shape, const uint8_t* block, const float* weights, size_t stride, int queries,
                        float* out) {
  for (size_t group = 0; group < shape.groups(); group++) {
    for (int r = 0; r < queries; r += most_mixed) {
      const float* weight = weights + size_t(r) * stride;
      float* place = out + size_t(r) * shape.channels();
      switch (std::min(most_mixed, queries - r)) {
        case 1: mix_group<1>(shape, block, group, weight, stride, place); break;
        case 2: mix_group<2>(shape, block, group, weight, stride, place); break;
        case 3: mix_group<3>(shape, block, group, weight, stride, place); break;
        case 4: mix_group<4>(shape, block, group, weight, stride, place); break;
      }
    }
  }
}

}  // namespace pathact::PATHACT_LEVEL
