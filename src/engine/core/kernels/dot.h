// Dot products of one unpacked weight row with several activation rows.
// Each (weight row, activation row) pair adds up in the same order whatever the number of rows: results are
// bit-identical for one row and for many, which makes a token's logits independent of its batch.
#pragma once

#include "kernels/kernels.h"
#include "kernels/quantise-row.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

constexpr int dot_tile = 8;

#if defined(__AVX512VNNI__)

template <int R>
static inline void dot_blocks_tile(BlockRow w, const uint8_t* rows, BlockRowLayout layout, float* out) {
  BlockRow x[R];
  __m512 acc[R];
  for (int r = 0; r < R; r++) {
    x[r] = layout.at(const_cast<uint8_t*>(rows), size_t(r));
    acc[r] = _mm512_setzero_ps();
  }
  for (size_t i = 0; i < layout.values; i += 64) {
    const __m512i wq = _mm512_load_si512(w.q + i);
    const __m512 scale = _mm512_load_ps(w.scale + i / 4);
    // x is stored as x + 128: start from -128 * (sum of the weights).
    const __m512i start =
        _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(-128), wq));
    for (int r = 0; r < R; r++) {
      const __m512i sum = _mm512_dpbusd_epi32(start, _mm512_load_si512(x[r].q + i), wq);
      const __m512 both = _mm512_mul_ps(scale, _mm512_load_ps(x[r].scale + i / 4));
      acc[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), both, acc[r]);
    }
  }
  for (size_t i = 0; i < layout.extras(); i += 16) {
    const __m512 extra = _mm512_load_ps(w.extra + i);
    for (int r = 0; r < R; r++) acc[r] = _mm512_fmadd_ps(extra, _mm512_load_ps(x[r].extra + i), acc[r]);
  }
  for (int r = 0; r < R; r++) out[r] = _mm512_reduce_add_ps(acc[r]);
}

#elif defined(__AVX2__)

template <int R>
static inline void dot_blocks_tile(BlockRow w, const uint8_t* rows, BlockRowLayout layout, float* out) {
  BlockRow x[R];
  __m256 acc[R];
  for (int r = 0; r < R; r++) {
    x[r] = layout.at(const_cast<uint8_t*>(rows), size_t(r));
    acc[r] = _mm256_setzero_ps();
  }
  for (size_t i = 0; i < layout.values; i += 32) {
    const __m256i wq = load32(w.q + i);
    const __m256i magnitude = _mm256_abs_epi8(wq);
    const __m256 scale = _mm256_load_ps(w.scale + i / 4);
    for (int r = 0; r < R; r++) {
      // |w| <= 128 and |x| <= 127: a pair of products stays below 2^15.
      const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(load32(x[r].q + i), wq));
      const __m256i sum = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
      const __m256 both = _mm256_mul_ps(scale, _mm256_load_ps(x[r].scale + i / 4));
      acc[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), both, acc[r]);
    }
  }
  for (size_t i = 0; i < layout.extras(); i += 8) {
    const __m256 extra = _mm256_load_ps(w.extra + i);
    for (int r = 0; r < R; r++) acc[r] = _mm256_fmadd_ps(extra, _mm256_load_ps(x[r].extra + i), acc[r]);
  }
  for (int r = 0; r < R; r++) out[r] = Vec{acc[r]}.sum();
}

#else

template <int R>
static inline void dot_blocks_tile(BlockRow w, const uint8_t* rows, BlockRowLayout layout, float* out) {
  for (int r = 0; r < R; r++) {
    const BlockRow x = layout.at(const_cast<uint8_t*>(rows), size_t(r));
    float total = 0;
    for (size_t group = 0; group < layout.values / 4; group++) {
      int sum = 0;
      for (size_t i = group * 4; i < group * 4 + 4; i++) sum += int8_t(w.q[i]) * int8_t(x.q[i]);
      total += float(sum) * (w.scale[group] * x.scale[group]);
    }
    for (size_t b = 0; b < layout.extras(); b++) total += w.extra[b] * x.extra[b];
    out[r] = total;
  }
}

#endif

static void dot_blocks(BlockRow w, const uint8_t* x, size_t n, int rows, float* out) {
  const BlockRowLayout layout(n);
  const size_t bytes = layout.bytes();
  int r = 0;
  for (; r + dot_tile <= rows; r += dot_tile) dot_blocks_tile<dot_tile>(w, x + size_t(r) * bytes, layout, out + r);
  for (; r + 4 <= rows; r += 4) dot_blocks_tile<4>(w, x + size_t(r) * bytes, layout, out + r);
  for (; r + 2 <= rows; r += 2) dot_blocks_tile<2>(w, x + size_t(r) * bytes, layout, out + r);
  for (; r < rows; r++) dot_blocks_tile<1>(w, x + size_t(r) * bytes, layout, out + r);
}

template <int R>
static inline void dot_floats_tile(const float* w, const float* x, size_t stride, size_t n, float* out) {
  Vec acc[R];
  for (int r = 0; r < R; r++) acc[r] = Vec::zero();
  size_t i = 0;
  for (; i + Vec::width <= n; i += Vec::width) {
    const Vec weights = Vec::load(w + i);
    for (int r = 0; r < R; r++) acc[r] = fma(weights, Vec::load(x + size_t(r) * stride + i), acc[r]);
  }
  for (int r = 0; r < R; r++) {
    float total = acc[r].sum();
    for (size_t j = i; j < n; j++) total += w[j] * x[size_t(r) * stride + j];
    out[r] = total;
  }
}

static void dot_floats(const float* w, const float* x, size_t stride, size_t n, int rows, float* out) {
  int r = 0;
  for (; r + dot_tile <= rows; r += dot_tile) dot_floats_tile<dot_tile>(w, x + size_t(r) * stride, stride, n, out + r);
  for (; r < rows; r++) dot_floats_tile<1>(w, x + size_t(r) * stride, stride, n, out + r);
}

}  // namespace pathact::PATHACT_LEVEL
