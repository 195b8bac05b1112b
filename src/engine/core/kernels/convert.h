// Weight rows of every type to floats, floats to f16.
#pragma once

#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// A block of 256: scales[16] (low nibbles; high ones are minima), qs[64], d, dmin.
static void read_q2_k(const uint8_t* p, float* out) {
  constexpr size_t qs = 16, d_at = 80, dmin_at = 82;
  uint16_t d, dmin;
  std::memcpy(&d, p + d_at, 2);
  std::memcpy(&dmin, p + dmin_at, 2);
  for (size_t k = 0; k < 16; k++) {  // runs of 16 values: two bits of the same 16 bytes
    const float scale = half_to_float(d) * float(p[k] & 15), minimum = half_to_float(dmin) * float(p[k] >> 4);
    const uint8_t* bytes = p + qs + 32 * (k / 8) + 16 * (k % 2);
    const size_t shift = 2 * (k % 8 / 2);
    for (size_t i = 0; i < 16; i++) out[16 * k + i] = scale * float(bytes[i] >> shift & 3) - minimum;
  }
}

template <class Format>
static void read_blocks(const uint8_t* src, size_t n, float* out) {
  for (size_t b = 0; b < n / 32; b++, out += 32) {
    const Block block = Format::read(src, b);
    const float minimum = Format::Scales::minimum(block);
    for (int i = 0; i < 32; i++)
      out[i] = Format::Scales::scale(block, i / 16) * float(Format::Codes::value(block.code[i])) + minimum;
  }
}

static void to_float(TensorType type, const uint8_t* src, size_t n, float* out) {
  if (with_format(type, [&](auto format) { read_blocks<decltype(format)>(src, n, out); })) return;
  if (type == TensorType::Q2_K) {
    for (size_t i = 0; i < n; i += 256) read_q2_k(src + i / 256 * 84, out + i);
    return;
  }
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
    if (type == TensorType::F16)
      out[i] = half_to_float(h);
    else
      std::memcpy(out + i, &bits, 4);
  }
}

// Round to nearest even; what f16 cannot hold becomes its largest value.
static void to_half(const float* src, size_t n, uint16_t* out) {
  size_t i = 0;
#if defined(__AVX2__)
  const __m256 most = _mm256_set1_ps(65504.0f), least = _mm256_set1_ps(-65504.0f);
  for (; i + 8 <= n; i += 8) {
    const __m256 x = _mm256_loadu_ps(src + i);
    const __m256 bounded = _mm256_max_ps(least, _mm256_min_ps(most, x));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm256_cvtps_ph(bounded, _MM_FROUND_TO_NEAREST_INT));
  }
#endif
  for (; i < n; i++) out[i] = float_to_half(src[i]);
}

}  // namespace pathact::PATHACT_LEVEL
