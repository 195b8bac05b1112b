// Sixteen lanes, one a weight row, as this level holds them: one AVX-512 vector, two AVX2 ones, or an array.
#pragma once

#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// Bytes are 4 a lane: lane i's lie at 4 * i.

#if defined(__AVX512VNNI__)

struct Bytes {
  __m512i v;
};
struct Ints {
  __m512i v;
};
struct Floats {
  __m512 v;
};

static inline Bytes load_bytes(const uint8_t* p) { return {_mm512_loadu_si512(p)}; }
// Each byte shifted to the left (to the right where n < 0); what it takes over from its neighbour, `mask` clears.
template <int n>
static inline Bytes shift_and_mask(Bytes x, int mask) {
  if constexpr (n > 0) x.v = _mm512_slli_epi16(x.v, n);
  if constexpr (n < 0) x.v = _mm512_srli_epi16(x.v, -n);
  return {_mm512_and_si512(x.v, _mm512_set1_epi8(char(mask)))};
}
static inline Bytes operator|(Bytes a, Bytes b) { return {_mm512_or_si512(a.v, b.v)}; }
static inline Bytes look_up(const uint8_t* table, Bytes places) {
  const __m512i all = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
  return {_mm512_shuffle_epi8(all, places.v)};
}

static inline Ints all_ints(int x) { return {_mm512_set1_epi32(x)}; }
static inline Floats all_floats(float x) { return {_mm512_set1_ps(x)}; }
static inline Floats to_floats(Ints x) { return {_mm512_cvtepi32_ps(x.v)}; }
static inline Floats load_signed(const uint8_t* p) {
  return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))))};
}
static inline Floats load_halves(const uint8_t* p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
static inline Floats load_brains(const uint8_t* p) {
  const __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(words, 16))};
}
static inline void store(Floats x, float* p) { _mm512_storeu_ps(p, x.v); }
static inline Floats operator*(Floats a, Floats b) { return {_mm512_mul_ps(a.v, b.v)}; }
static inline Floats fma(Floats a, Floats b, Floats c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }

// sum + the products of each lane's four weights with the same four activations.
template <bool wide>
static inline Ints dot4(Ints sum, Bytes w, const uint8_t* x) {
  int32_t four;
  std::memcpy(&four, x, 4);
  return {_mm512_dpbusd_epi32(sum.v, w.v, _mm512_set1_epi32(four))};
}
constexpr bool wide_is_signed = false;

#elif defined(__AVX2__)

struct Bytes {
  __m256i a, b;
};
struct Ints {
  __m256i a, b;
};
struct Floats {
  __m256 a, b;
};

static inline Bytes load_bytes(const uint8_t* p) {
  const __m256i* at = reinterpret_cast<const __m256i*>(p);
  return {_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1)};
}
template <int n>
static inline Bytes shift_and_mask(Bytes x, int mask) {
  if constexpr (n > 0) x = {_mm256_slli_epi16(x.a, n), _mm256_slli_epi16(x.b, n)};
  if constexpr (n < 0) x = {_mm256_srli_epi16(x.a, -n), _mm256_srli_epi16(x.b, -n)};
  const __m256i keep = _mm256_set1_epi8(char(mask));
  return {_mm256_and_si256(x.a, keep), _mm256_and_si256(x.b, keep)};
}
static inline Bytes operator|(Bytes a, Bytes b) { return {_mm256_or_si256(a.a, b.a), _mm256_or_si256(a.b, b.b)}; }
static inline Bytes look_up(const uint8_t* table, Bytes places) {
  const __m256i all = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
  return {_mm256_shuffle_epi8(all, places.a), _mm256_shuffle_epi8(all, places.b)};
}

static inline Ints all_ints(int x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
static inline Floats all_floats(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
static inline Floats to_floats(Ints x) { return {_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)}; }
static inline Floats load_signed(const uint8_t* p) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return to_floats({_mm256_cvtepi8_epi32(bytes), _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8))});
}
static inline Floats load_halves(const uint8_t* p) {
  const __m128i* at = reinterpret_cast<const __m128i*>(p);
  return {_mm256_cvtph_ps(_mm_loadu_si128(at)), _mm256_cvtph_ps(_mm_loadu_si128(at + 1))};
}
static inline Floats load_brains(const uint8_t* p) {
  const __m128i* at = reinterpret_cast<const __m128i*>(p);
  const auto widen = [](__m128i words) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(words), 16));
  };
  return {widen(_mm_loadu_si128(at)), widen(_mm_loadu_si128(at + 1))};
}
static inline void store(Floats x, float* p) {
  _mm256_storeu_ps(p, x.a);
  _mm256_storeu_ps(p + 8, x.b);
}
static inline Floats operator*(Floats a, Floats b) { return {_mm256_mul_ps(a.a, b.a), _mm256_mul_ps(a.b, b.b)}; }
static inline Floats fma(Floats a, Floats b, Floats c) {
  return {_mm256_fmadd_ps(a.a, b.a, c.a), _mm256_fmadd_ps(a.b, b.b, c.b)};
}

// A pair of products stays below 2^15 where weights have six bits; wide ones become signed, |w| <= 128, |x| <= 127.
template <bool wide>
static inline __m256i dot4_half(__m256i sum, __m256i w, __m256i x) {
  if constexpr (wide) {
    w = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
    x = _mm256_sign_epi8(x, w);
    w = _mm256_abs_epi8(w);
  }
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(w, x), _mm256_set1_epi16(1)));
}
template <bool wide>
static inline Ints dot4(Ints sum, Bytes w, const uint8_t* x) {
  int32_t four;
  std::memcpy(&four, x, 4);
  const __m256i all = _mm256_set1_epi32(four);
  return {dot4_half<wide>(sum.a, w.a, all), dot4_half<wide>(sum.b, w.b, all)};
}
constexpr bool wide_is_signed = true;

#else

// Scalar reference.

struct Bytes {
  uint8_t v[64];
};
struct Ints {
  int32_t v[16];
};
struct Floats {
  float v[16];
};

template <class Lanes, class F>
static inline Lanes each_lane(const F& f) {
  Lanes out;
  for (int i = 0; i < int(sizeof out.v / sizeof out.v[0]); i++) out.v[i] = f(i);
  return out;
}

static inline Bytes load_bytes(const uint8_t* p) {
  return each_lane<Bytes>([&](int i) { return p[i]; });
}
template <int n>
static inline Bytes shift_and_mask(Bytes x, int mask) {
  return each_lane<Bytes>([&](int i) { return uint8_t((n > 0 ? x.v[i] << n : x.v[i] >> -n) & mask); });
}
static inline Bytes operator|(Bytes a, Bytes b) {
  return each_lane<Bytes>([&](int i) { return uint8_t(a.v[i] | b.v[i]); });
}
static inline Bytes look_up(const uint8_t* table, Bytes places) {
  return each_lane<Bytes>([&](int i) { return table[places.v[i]]; });
}

static inline Ints all_ints(int x) {
  return each_lane<Ints>([&](int) { return x; });
}
static inline Floats all_floats(float x) {
  return each_lane<Floats>([&](int) { return x; });
}
static inline Floats to_floats(Ints x) {
  return each_lane<Floats>([&](int i) { return float(x.v[i]); });
}
static inline Floats load_signed(const uint8_t* p) {
  return each_lane<Floats>([&](int i) { return float(int8_t(p[i])); });
}
static inline Floats load_halves(const uint8_t* p) {
  return each_lane<Floats>([&](int i) { return half_to_float(uint16_t(p[2 * i] | p[2 * i + 1] << 8)); });
}
static inline Floats load_brains(const uint8_t* p) {
  return each_lane<Floats>([&](int i) { return brain_to_float(uint16_t(p[2 * i] | p[2 * i + 1] << 8)); });
}
static inline void store(Floats x, float* p) { std::memcpy(p, x.v, sizeof x.v); }
static inline Floats operator*(Floats a, Floats b) {
  return each_lane<Floats>([&](int i) { return a.v[i] * b.v[i]; });
}
static inline Floats fma(Floats a, Floats b, Floats c) {
  return each_lane<Floats>([&](int i) { return a.v[i] * b.v[i] + c.v[i]; });
}

template <bool wide>
static inline Ints dot4(Ints sum, Bytes w, const uint8_t* x) {
  for (int i = 0; i < 64; i++) sum.v[i / 4] += w.v[i] * int8_t(x[i % 4]);
  return sum;
}
constexpr bool wide_is_signed = false;

#endif

}  // namespace pathact::PATHACT_LEVEL
