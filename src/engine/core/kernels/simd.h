// The float vector of this translation unit's level: one float (scalar), 8 (AVX2) or 16 (AVX-512).
// Everything lies in the level's own namespace, so that the linker cannot mix code of different levels.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace pathact::PATHACT_LEVEL {

static inline float half_to_float(uint16_t h) {
  const uint32_t sign = uint32_t(h & 0x8000) << 16, exponent = (h >> 10) & 31, mantissa = h & 1023;
  uint32_t bits;
  if (exponent == 31) {
    bits = sign | 0x7f800000 | mantissa << 13;
  } else if (exponent != 0) {
    bits = sign | (exponent + 112) << 23 | mantissa << 13;
  } else {
    const float tiny = float(mantissa) * 0x1p-24f;
    std::memcpy(&bits, &tiny, 4);
    bits |= sign;
  }
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

static inline float brain_to_float(uint16_t h) {
  const uint32_t bits = uint32_t(h) << 16;
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

// Round to nearest even; values beyond f16 saturate (a key or value is never infinite).
static inline uint16_t float_to_half(float value) {
  value = value > 65504.0f ? 65504.0f : value < -65504.0f ? -65504.0f : value;
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  const uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return uint16_t(sign | 0x7e00);
  if (bits < 0x38800000) {  // below the smallest normal half: let the float adder round
    float magnitude;
    std::memcpy(&magnitude, &bits, 4);
    magnitude += 0.5f;
    std::memcpy(&bits, &magnitude, 4);
    return uint16_t(sign | (bits - 0x3f000000));
  }
  bits += 0xc8000fff + (bits >> 13 & 1);
  return uint16_t(sign | bits >> 13);
}

#if defined(__AVX512F__)

struct Vec {
  static constexpr int width = 16;
  __m512 v;
  static Vec zero() { return {_mm512_setzero_ps()}; }
  static Vec all(float x) { return {_mm512_set1_ps(x)}; }
  static Vec load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Vec load_half(const uint16_t* p) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  // Lanes from `count` on become `other`.
  Vec first(int count, float other) const {
    return {_mm512_mask_blend_ps(__mmask16((1u << count) - 1), _mm512_set1_ps(other), v)};
  }
  float sum() const { return _mm512_reduce_add_ps(v); }
  float max() const { return _mm512_reduce_max_ps(v); }
  float min() const { return _mm512_reduce_min_ps(v); }
  // Whole numbers, shifted left, into as many 32-bit words.
  void or_bits(int shift, uint8_t* words) const {
    const __m512i bits = _mm512_sll_epi32(_mm512_cvtps_epi32(v), _mm_cvtsi32_si128(shift));
    _mm512_storeu_si512(words, _mm512_or_si512(_mm512_loadu_si512(words), bits));
  }
  // Rounded to whole numbers, which fit.
  void store_bytes(int8_t* p) const {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
  }
  // A bit for each lane that is not less.
  uint32_t lanes_from(float x) const { return _mm512_cmp_ps_mask(v, _mm512_set1_ps(x), _CMP_GE_OQ); }
};
static inline Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
static inline Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
static inline Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
static inline Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
static inline Vec max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }
static inline Vec min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }
static inline Vec round(Vec a) { return {_mm512_roundscale_ps(a.v, 8)}; }
static inline Vec times_power_of_two(Vec a, Vec n) { return {_mm512_scalef_ps(a.v, n.v)}; }
static inline Vec zero_below(Vec value, Vec x, float limit) {
  return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x.v, _mm512_set1_ps(limit), _CMP_NLT_UQ), value.v)};
}

#elif defined(__AVX2__)

struct Vec {
  static constexpr int width = 8;
  __m256 v;
  static Vec zero() { return {_mm256_setzero_ps()}; }
  static Vec all(float x) { return {_mm256_set1_ps(x)}; }
  static Vec load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Vec load_half(const uint16_t* p) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  Vec first(int count, float other) const {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i keep = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes);
    return {_mm256_blendv_ps(_mm256_set1_ps(other), v, _mm256_castsi256_ps(keep))};
  }
  float sum() const {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
  }
  uint32_t lanes_from(float x) const {
    return uint32_t(_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_set1_ps(x), _CMP_GE_OQ)));
  }
  float max() const {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
  }
  float min() const {
    __m128 x = _mm_min_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_min_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_min_ss(x, _mm_movehdup_ps(x)));
  }
  void store_bytes(int8_t* p) const {
    const __m256i words = _mm256_cvtps_epi32(v);
    const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(halves, halves));
  }
  void or_bits(int shift, uint8_t* words) const {
    __m256i* place = reinterpret_cast<__m256i*>(words);
    const __m256i bits = _mm256_sll_epi32(_mm256_cvtps_epi32(v), _mm_cvtsi32_si128(shift));
    _mm256_storeu_si256(place, _mm256_or_si256(_mm256_loadu_si256(place), bits));
  }
};
static inline Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
static inline Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
static inline Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
static inline Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
static inline Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.v, b.v)}; }
static inline Vec min(Vec a, Vec b) { return {_mm256_min_ps(a.v, b.v)}; }
static inline Vec round(Vec a) { return {_mm256_round_ps(a.v, 8)}; }
static inline Vec times_power_of_two(Vec a, Vec n) {
  const __m256i exponent = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127)), 23);
  return {_mm256_mul_ps(a.v, _mm256_castsi256_ps(exponent))};
}
static inline Vec zero_below(Vec value, Vec x, float limit) {
  return {_mm256_and_ps(_mm256_cmp_ps(x.v, _mm256_set1_ps(limit), _CMP_NLT_UQ), value.v)};
}

#else

struct Vec {
  static constexpr int width = 1;
  float v;
  static Vec zero() { return {0}; }
  static Vec all(float x) { return {x}; }
  static Vec load(const float* p) { return {*p}; }
  static Vec load_half(const uint16_t* p) { return {half_to_float(*p)}; }
  void store(float* p) const { *p = v; }
  Vec first(int count, float other) const { return {count > 0 ? v : other}; }
  float sum() const { return v; }
  float max() const { return v; }
  float min() const { return v; }
  void or_bits(int shift, uint8_t* words) const {
    uint32_t word;
    std::memcpy(&word, words, 4);
    word |= uint32_t(v) << shift;
    std::memcpy(words, &word, 4);
  }
  void store_bytes(int8_t* p) const { *p = int8_t(v + 12582912.0f - 12582912.0f); }
  uint32_t lanes_from(float x) const { return v >= x; }
};
static inline Vec operator+(Vec a, Vec b) { return {a.v + b.v}; }
static inline Vec operator-(Vec a, Vec b) { return {a.v - b.v}; }
static inline Vec operator*(Vec a, Vec b) { return {a.v * b.v}; }
static inline Vec operator/(Vec a, Vec b) { return {a.v / b.v}; }
static inline Vec fma(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }
static inline Vec max(Vec a, Vec b) { return {a.v > b.v ? a.v : b.v}; }
static inline Vec min(Vec a, Vec b) { return {a.v < b.v ? a.v : b.v}; }
static inline Vec zero_below(Vec value, Vec x, float limit) { return {x.v < limit ? 0 : value.v}; }

#endif

#if defined(__AVX512F__)
// 16 bytes -> floats.
static inline void widen(__m128i bytes, Vec* out) { out[0] = {_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))}; }
#elif defined(__AVX2__)
static inline void widen(__m128i bytes, Vec* out) {
  out[0] = {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes))};
  out[1] = {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8)))};
}
#endif

#if defined(__AVX2__)
// e^x to 1 ulp or so (Cephes' polynomial); exactly 0 where x is -infinity or the result would be denormal.
static inline Vec exp(Vec x) {
  const Vec bounded = min(max(x, Vec::all(-87.3f)), Vec::all(88.3f));
  const Vec n = round(bounded * Vec::all(1.44269504088896341f));
  const Vec r = fma(n, Vec::all(2.12194440e-4f), fma(n, Vec::all(-0.693359375f), bounded));
  Vec p = Vec::all(1.9875691500e-4f);
  p = fma(p, r, Vec::all(1.3981999507e-3f));
  p = fma(p, r, Vec::all(8.3334519073e-3f));
  p = fma(p, r, Vec::all(4.1665795894e-2f));
  p = fma(p, r, Vec::all(1.6666665459e-1f));
  p = fma(p, r, Vec::all(5.0000001201e-1f));
  p = fma(p, r * r, r + Vec::all(1.0f));
  return zero_below(times_power_of_two(p, n), x, -87.3f);
}
#else
static inline Vec exp(Vec x) { return {std::exp(x.v)}; }
#endif

}  // namespace pathact::PATHACT_LEVEL
