// Activation rows -> BlockRows: symmetric 8-bit, one scale (float) for 32 values, round half to even.
#pragma once

#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

#if defined(__AVX512VNNI__)
constexpr int activation_offset = 128;  // dpbusd takes them unsigned
#else
constexpr int activation_offset = 0;
#endif

// Below this a block counts as zero: 127 / amax would overflow.
constexpr float smallest_amax = 1e-30f;

#if defined(__AVX512F__)

static inline float block_amax(const float* x) {
  return _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x)), _mm512_abs_ps(_mm512_loadu_ps(x + 16))));
}

static inline int quantise_block(const float* x, float inverse, uint8_t* q) {
  const __m512 scale = _mm512_set1_ps(inverse);
  const __m512i least = _mm512_set1_epi32(-127);  // what is not a number converts to less
  const __m512i a = _mm512_max_epi32(least, _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), scale)));
  const __m512i b = _mm512_max_epi32(least, _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + 16), scale)));
  const __m512i offset = _mm512_set1_epi32(activation_offset);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(q), _mm512_cvtepi32_epi8(_mm512_add_epi32(a, offset)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(q + 16), _mm512_cvtepi32_epi8(_mm512_add_epi32(b, offset)));
  return _mm512_reduce_add_epi32(_mm512_add_epi32(a, b));
}

#elif defined(__AVX2__)

static inline float block_amax(const float* x) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  __m256 most = _mm256_setzero_ps();
  for (int i = 0; i < 32; i += 8) most = _mm256_max_ps(most, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)));
  return Vec{most}.max();
}

static inline int quantise_block(const float* x, float inverse, uint8_t* q) {
  const __m256 scale = _mm256_set1_ps(inverse);
  const __m256i least = _mm256_set1_epi32(-127);
  __m256i sum = _mm256_setzero_si256();
  for (int i = 0; i < 32; i += 8) {
    const __m256i v = _mm256_max_epi32(least, _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i), scale)));
    sum = _mm256_add_epi32(sum, v);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(q + i), _mm_packs_epi16(words, words));
  }
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

#else

static inline float block_amax(const float* x) {
  float most = 0;
  for (int i = 0; i < 32; i++) most = std::fabs(x[i]) > most ? std::fabs(x[i]) : most;
  return most;
}

static inline int quantise_block(const float* x, float inverse, uint8_t* q) {
  int sum = 0;
  for (int i = 0; i < 32; i++) {
    const float rounded = std::nearbyint(x[i] * inverse);
    const int value = rounded >= -127.0f ? int(rounded) : -127;  // also what is not a number
    sum += value;
    q[i] = uint8_t(value + activation_offset);
  }
  return sum;
}

#endif

static void quantise_row(const float* x, BlockRows out, int lane) {
  for (size_t b = 0; b < out.columns / 32; b++) {
    const float amax = block_amax(x + b * 32);
    const bool usable = amax > smallest_amax && amax <= 3.0e38f;
    const float scale = usable ? amax / 127.0f : amax - amax;  // 0, or NaN where the input is not finite
    const int sum = quantise_block(x + b * 32, usable ? 127.0f / amax : 0.0f, out.q(lane, b / 2) + b % 2 * 32);
    float* scales = out.scale(lane, b / 2) + b % 2 * 8;
    for (int i = 0; i < 8; i++) scales[i] = scale;
    out.extra(lane, b / 16)[b % 16] = scale * float(sum);
  }
  pad_row(out, lane);
}

}  // namespace pathact::PATHACT_LEVEL
