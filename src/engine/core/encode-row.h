// Floats -> a weight row in one of the formats that conversion writes: F32, F16, Q8_0 and Q4_0.
#pragma once

#include <cmath>
#include <cstring>

#include "kernels/kernels.h"

namespace pathact {

inline bool can_encode(TensorType type) {
  return type == TensorType::F32 || type == TensorType::F16 || type == TensorType::Q8_0 || type == TensorType::Q4_0;
}

inline float largest_by_magnitude(const float* x) {
  float largest = 0;
  for (int i = 0; i < 32; i++) largest = std::fabs(x[i]) > std::fabs(largest) ? x[i] : largest;
  return largest;
}

// What is not a number, or out of range, becomes the nearest end.
inline int bounded(float value, int least, int most) {
  return value >= float(least) ? value < float(most) ? int(value) : most : least;
}

// d = largest magnitude / 127; codes with the unrounded d, halves away from zero.
inline void encode_q8_0(const Kernels& kernels, const float* x, uint8_t* out) {
  const float d = std::fabs(largest_by_magnitude(x)) / 127.0f, inverse = d > 0 ? 1.0f / d : 0.0f;
  uint16_t half;
  kernels.to_half(&d, 1, &half);
  std::memcpy(out, &half, 2);
  for (int i = 0; i < 32; i++) out[2 + i] = uint8_t(int8_t(bounded(std::round(x[i] * inverse), -127, 127)));
}

// d = -(value of largest magnitude) / 8, so that this one is exact; codes 0 to 15 stand for -8 to 7.
inline void encode_q4_0(const Kernels& kernels, const float* x, uint8_t* out) {
  const float d = largest_by_magnitude(x) / -8.0f, inverse = d != 0 ? 1.0f / d : 0.0f;
  uint16_t half;
  kernels.to_half(&d, 1, &half);
  std::memcpy(out, &half, 2);
  const auto code = [&](int i) { return bounded(x[i] * inverse + 8.5f, 0, 15); };
  for (int i = 0; i < 16; i++) out[2 + i] = uint8_t(code(i) | code(i + 16) << 4);
}

// n is a multiple of the format's block.
inline void encode_row(const Kernels& kernels, TensorType type, const float* x, size_t n, uint8_t* out) {
  if (type == TensorType::F32) {
    std::memcpy(out, x, n * sizeof(float));
  } else if (type == TensorType::F16) {
    for (size_t i = 0; i < n; i++) {
      uint16_t half;
      kernels.to_half(x + i, 1, &half);
      std::memcpy(out + 2 * i, &half, 2);
    }
  } else {
    const auto encode = type == TensorType::Q8_0 ? encode_q8_0 : encode_q4_0;
    const size_t bytes = type == TensorType::Q8_0 ? 34 : 18;
    for (size_t i = 0; i < n; i += 32) encode(kernels, x + i, out + i / 32 * bytes);
  }
}

}  // namespace pathact
