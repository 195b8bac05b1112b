// Activation rows -> tiles: symmetric 8-bit, one scale (float) for 32 values, round half to even.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// Below this a block counts as zero: 127 / amax would overflow.
constexpr float smallest_amax = 1e-30f;

#if defined(__AVX512F__)

static inline float block_amax(const float* x) {
  return _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x)), _mm512_abs_ps(_mm512_loadu_ps(x + 16))));
}

static inline void quantise_block(const float* x, float inverse, int8_t* q, int32_t* sums) {
  const __m512 scale = _mm512_set1_ps(inverse);
  const __m512i least = _mm512_set1_epi32(-127);  // what is not a number converts to less
  const __m512i a = _mm512_max_epi32(least, _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x), scale)));
  const __m512i b = _mm512_max_epi32(least, _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + 16), scale)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(q), _mm512_cvtepi32_epi8(a));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(q + 16), _mm512_cvtepi32_epi8(b));
  sums[0] = _mm512_reduce_add_epi32(a);
  sums[1] = _mm512_reduce_add_epi32(b);
}

#elif defined(__AVX2__)

static inline float block_amax(const float* x) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  __m256 most = _mm256_setzero_ps();
  for (int i = 0; i < 32; i += 8) most = _mm256_max_ps(most, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)));
  return Vec{most}.max();
}

static inline void quantise_block(const float* x, float inverse, int8_t* q, int32_t* sums) {
  const __m256 scale = _mm256_set1_ps(inverse);
  const __m256i least = _mm256_set1_epi32(-127);
  for (int i = 0; i < 32; i += 8) {
    const __m256i v = _mm256_max_epi32(least, _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i), scale)));
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(q + i), _mm_packs_epi16(words, words));
  }
  for (int half = 0; half < 2; half++) {
    sums[half] = 0;
    for (int i = 0; i < 16; i++) sums[half] += q[16 * half + i];
  }
}

#else

static inline float block_amax(const float* x) {
  float most = 0;
  for (int i = 0; i < 32; i++) most = std::fabs(x[i]) > most ? std::fabs(x[i]) : most;
  return most;
}

static inline void quantise_block(const float* x, float inverse, int8_t* q, int32_t* sums) {
  sums[0] = sums[1] = 0;
  for (int i = 0; i < 32; i++) {
    const float rounded = std::nearbyint(x[i] * inverse);
    q[i] = int8_t(rounded >= -127.0f ? int(rounded) : -127);  // also what is not a number
    sums[i / 16] += q[i];
  }
}

#endif

static void quantise_row(const float* x, ActivationTile out, int row) {
  for (size_t b = 0; b < out.columns / 32; b++) {
    const float amax = block_amax(x + b * 32);
    const bool usable = amax > smallest_amax && amax <= 3.0e38f;
    const float scale = usable ? amax / 127.0f : amax - amax;  // 0, or NaN where the input is not finite
    int32_t* sums = out.sums(row, b);
    quantise_block(x + b * 32, usable ? 127.0f / amax : 0.0f, out.q(row, b), sums);
    *out.scale(row, b) = scale;
    *out.scaled_sum(row, b) = scale * float(sums[0] + sums[1]);
  }
}

}  // namespace pathact::PATHACT_LEVEL
