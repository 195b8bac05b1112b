// One step of a dot product at this level's vector width: a chunk of weights with the same chunk of R activation rows.
#pragma once

#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

#if defined(__AVX512VNNI__)

using Sum = __m512;
constexpr size_t chunk_values = 64;

struct Chunk {
  __m512i q;
  __m512 scale;
};

static inline Sum no_sum() { return _mm512_setzero_ps(); }

static inline Chunk load_chunk(BlockRows w, size_t chunk) {
  return {_mm512_load_si512(w.q(0, chunk)), _mm512_load_ps(w.scale(0, chunk))};
}

static inline Chunk join(const Block32& a, const Block32& b) {
  return {_mm512_inserti64x4(_mm512_castsi256_si512(a.q), b.q, 1),
          _mm512_insertf32x8(_mm512_castps256_ps512(a.scale), b.scale, 1)};
}

// Two blocks; the second is zero where the row has ended. Extras go to extra[0] and extra[1].
template <class Format>
static inline Chunk read_two(const uint8_t* row, size_t chunk, size_t blocks, float* extra) {
  const Block32 a = Format::read(row, 2 * chunk);
  const Block32 b = 2 * chunk + 1 < blocks ? Format::read(row, 2 * chunk + 1)
                                           : Block32{_mm256_setzero_si256(), _mm256_setzero_ps(), 0};
  extra[0] = a.extra;
  extra[1] = b.extra;
  return join(a, b);
}

template <class Format>
static inline Chunk read_chunk(const uint8_t* row, size_t chunk, size_t blocks, float* extra) {
  return read_two<Format>(row, chunk, blocks, extra);
}

// Two blocks are 40 bytes: words 0 to 15 and, loaded again from word 12 on, 12 to 19. No masked load: those keep the
// processor from prefetching and halve the bandwidth.
template <>
inline Chunk read_chunk<Q4_1>(const uint8_t* row, size_t chunk, size_t blocks, float* extra) {
  if (2 * chunk + 1 >= blocks) return read_two<Q4_1>(row, chunk, blocks, extra);
  const uint8_t* p = row + chunk * 2 * Q4_1::bytes;
  const __m512i both = _mm512_inserti32x4(_mm512_castsi256_si512(load32(p)),
                                          _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 24)), 2);
  const __m512i nibble_words = _mm512_set_epi16(23, 22, 21, 20, 19, 18, 17, 16, 23, 22, 21, 20, 19, 18, 17, 16,  //
                                                9, 8, 7, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2);
  // 8 lanes of either scale, then both minima.
  const __m512i scale_words = _mm512_set_epi16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 1,  //
                                               10, 10, 10, 10, 10, 10, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m512i words = _mm512_permutexvar_epi16(nibble_words, both);
  const __m512i shifts = _mm512_set_epi64(4, 4, 0, 0, 4, 4, 0, 0);
  const __m512i halves = _mm512_permutexvar_epi16(scale_words, both);
  _mm_storel_pi(reinterpret_cast<__m64*>(extra), _mm_cvtph_ps(_mm512_extracti32x4_epi32(halves, 2)));
  return {_mm512_and_si512(_mm512_srlv_epi64(words, shifts), _mm512_set1_epi8(15)),
          _mm512_cvtph_ps(_mm512_castsi512_si256(halves))};
}

template <int R>
static inline void accumulate(const Chunk& w, BlockRows x, size_t chunk, Sum* sums) {
  // x is stored as x + 128: start from -128 * (sum of the weights).
  const __m512i zero = _mm512_setzero_si512();
  const __m512i start = _mm512_sub_epi32(zero, _mm512_dpbusd_epi32(zero, _mm512_set1_epi8(-128), w.q));
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    const __m512i products = _mm512_dpbusd_epi32(start, _mm512_load_si512(x.q(r, chunk)), w.q);
    const __m512 scale = _mm512_mul_ps(w.scale, _mm512_load_ps(x.scale(r, chunk)));
    sums[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), scale, sums[r]);
  }
}

static inline Sum add_extras(Sum sum, const float* a, const float* b) {
  return _mm512_fmadd_ps(_mm512_load_ps(a), _mm512_load_ps(b), sum);
}

static inline __m256 fold(Sum sum) {
  return _mm256_add_ps(_mm512_castps512_ps256(sum), _mm512_extractf32x8_ps(sum, 1));
}

#elif defined(__AVX2__)

using Sum = __m256;
using Chunk = Block32;
constexpr size_t chunk_values = 32;

static inline Sum no_sum() { return _mm256_setzero_ps(); }

static inline Chunk load_chunk(BlockRows w, size_t chunk) {
  return {load32(w.q(0, chunk / 2) + chunk % 2 * 32), _mm256_load_ps(w.scale(0, chunk / 2) + chunk % 2 * 8), 0};
}

template <class Format>
static inline Chunk read_chunk(const uint8_t* row, size_t chunk, size_t blocks, float* extra) {
  if (chunk >= blocks) return {_mm256_setzero_si256(), _mm256_setzero_ps(), 0};
  const Chunk block = Format::read(row, chunk);
  *extra = block.extra;
  return block;
}

template <int R>
static inline void accumulate(const Chunk& w, BlockRows x, size_t chunk, Sum* sums) {
  const __m256i magnitude = _mm256_abs_epi8(w.q);
  const size_t half = chunk % 2;
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    // |w| <= 128 and |x| <= 127: a pair of products stays below 2^15.
    const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(load32(x.q(r, chunk / 2) + half * 32), w.q));
    const __m256i products = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    const __m256 scale = _mm256_mul_ps(w.scale, _mm256_load_ps(x.scale(r, chunk / 2) + half * 8));
    sums[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), scale, sums[r]);
  }
}

static inline Sum add_extras(Sum sum, const float* a, const float* b) {
  sum = _mm256_fmadd_ps(_mm256_load_ps(a), _mm256_load_ps(b), sum);
  return _mm256_fmadd_ps(_mm256_load_ps(a + 8), _mm256_load_ps(b + 8), sum);
}

static inline __m256 fold(Sum sum) { return sum; }

#else

// Scalar reference.

using Sum = float;
using Chunk = Block32;
constexpr size_t chunk_values = 32;

static inline Sum no_sum() { return 0; }

static inline Chunk load_chunk(BlockRows w, size_t chunk) {
  Chunk block;
  std::memcpy(block.q, w.q(0, chunk / 2) + chunk % 2 * 32, sizeof block.q);
  std::memcpy(block.scale, w.scale(0, chunk / 2) + chunk % 2 * 8, sizeof block.scale);
  return block;
}

template <class Format>
static inline Chunk read_chunk(const uint8_t* row, size_t chunk, size_t blocks, float* extra) {
  if (chunk >= blocks) return {};
  const Chunk block = Format::read(row, chunk);
  *extra = block.extra;
  return block;
}

template <int R>
static inline void accumulate(const Chunk& w, BlockRows x, size_t chunk, Sum* sums) {
  for (int r = 0; r < R; r++) {
    const int8_t* q = reinterpret_cast<const int8_t*>(x.q(r, chunk / 2)) + chunk % 2 * 32;
    const float* scales = x.scale(r, chunk / 2) + chunk % 2 * 8;
    for (int group = 0; group < 8; group++) {
      int products = 0;
      for (int i = group * 4; i < group * 4 + 4; i++) products += w.q[i] * q[i];
      sums[r] += float(products) * (w.scale[group] * scales[group]);
    }
  }
}

static inline Sum add_extras(Sum sum, const float* a, const float* b) {
  for (int i = 0; i < 16; i++) sum += a[i] * b[i];
  return sum;
}

#endif

#if defined(__AVX2__)

// Lanes of each sum, added in one order: halves of 8, then neighbours, neighbours again, then halves of 4.
template <int R>
static inline void add_lanes(const Sum* sums, float* out) {
  if constexpr (R % 4 == 0) {
    for (int r = 0; r < R; r += 4) {
      const __m256 a = _mm256_hadd_ps(fold(sums[r]), fold(sums[r + 1]));
      const __m256 b = _mm256_hadd_ps(fold(sums[r + 2]), fold(sums[r + 3]));
      const __m256 four = _mm256_hadd_ps(a, b);
      _mm_storeu_ps(out + r, _mm_add_ps(_mm256_castps256_ps128(four), _mm256_extractf128_ps(four, 1)));
    }
  } else {
    for (int r = 0; r < R; r++) {
      const __m256 one = fold(sums[r]);
      const __m256 pair = _mm256_hadd_ps(one, one);
      const __m256 four = _mm256_hadd_ps(pair, pair);
      out[r] = _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(four), _mm256_extractf128_ps(four, 1)));
    }
  }
}

#else

template <int R>
static inline void add_lanes(const Sum* sums, float* out) {
  for (int r = 0; r < R; r++) out[r] = sums[r];
}

#endif

}  // namespace pathact::PATHACT_LEVEL
