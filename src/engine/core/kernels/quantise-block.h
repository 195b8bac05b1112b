// Makes the low-bit copy of a block of keys and values (SpeCache, arXiv 2503.16163, with KIVI's groups, arXiv
// 2402.02750). `LowBitShape` says how the bytes lie.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

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

}  // namespace pathact::PATHACT_LEVEL
