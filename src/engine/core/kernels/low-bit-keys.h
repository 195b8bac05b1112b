// Scores queries against the keys of low-bit blocks (SpeCache, arXiv 2503.16163).
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

constexpr int most_folded = 4;  // queries of one pass over a block

// Queries with the key scales of a segment's blocks folded in: the score of a query with a position is
// step * (q . codes) + constant. A block's queries lie together, `bytes` apart.
struct FoldedQueries {
  alignas(64) int8_t q[segment_blocks * most_folded * most_low_bit_head_dim];
  float step[segment_blocks * most_folded], constant[segment_blocks * most_folded];
};

static inline size_t folded_bytes(LowBitShape shape) { return shape.key_vectors() * size_t(shape.per_byte()) * 4; }

// R queries with one block's scales.
template <int R>
static inline void fold(LowBitShape shape, const uint8_t* block, const float* q, int8_t* out, float* step,
                        float* constant) {
  const uint16_t* scales = shape.key_scales(block);
  const uint16_t* zeros = scales + shape.channels();
  const size_t n = size_t(shape.head_dim), whole = n / size_t(Vec::width) * size_t(Vec::width);
  alignas(64) float scaled[R][most_low_bit_head_dim];
  Vec most[R], sum[R];
  for (int r = 0; r < R; r++) most[r] = sum[r] = Vec::zero();
  for (size_t d = 0; d < whole; d += size_t(Vec::width)) {
    const Vec scale = Vec::load_half(scales + d), zero = Vec::load_half(zeros + d);
    for (int r = 0; r < R; r++) {
      const Vec query = Vec::load(q + size_t(r) * n + d), x = query * scale;
      x.store(scaled[r] + d);
      most[r] = max(most[r], max(x, Vec::zero() - x));
      sum[r] = fma(query, zero, sum[r]);
    }
  }
  for (int r = 0; r < R; r++) {
    float largest = most[r].max();
    constant[r] = sum[r].sum();
    for (size_t d = whole; d < n; d++) {
      const float query = q[size_t(r) * n + d];
      scaled[r][d] = query * half_to_float(scales[d]);
      largest = std::max(largest, std::abs(scaled[r][d]));
      constant[r] += query * half_to_float(zeros[d]);
    }
    step[r] = largest / 127;
    const float inverse = largest > 0 ? 127 / largest : 0;
    int8_t* codes = out + size_t(r) * folded_bytes(shape);
    for (size_t d = 0; d < whole; d += size_t(Vec::width))
      (Vec::load(scaled[r] + d) * Vec::all(inverse)).store_bytes(codes + d);
    for (size_t d = whole; d < n; d++) codes[d] = int8_t(scaled[r][d] * inverse + 12582912.0f - 12582912.0f);
    for (size_t d = n; d < folded_bytes(shape); d++) codes[d] = 0;
  }
}

#if defined(__AVX512VNNI__)

template <int bits, int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const int8_t* folded, const float* step,
                                const float* constant, float* scores, size_t stride) {
  constexpr int tiles = kv_block / key_tile, fields = 8 / bits;
  const size_t vectors = shape.key_vectors(), bytes = folded_bytes(shape);
  const __m512i mask = _mm512_set1_epi8(char((1 << bits) - 1));
  __m512i sums[tiles][R];
  for (auto& tile : sums) {
    for (__m512i& sum : tile) sum = _mm512_setzero_si512();
  }
  for (size_t v = 0; v < vectors; v++) {
    __m512i packed[tiles];
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) packed[t] = _mm512_load_si512(block + (size_t(t) * vectors + v) * 64);
#pragma GCC unroll 8
    for (int field = 0; field < fields; field++) {
      __m512i query[R];
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) {
        int32_t four;
        std::memcpy(&four, folded + size_t(r) * bytes + (v * fields + size_t(field)) * 4, 4);
        query[r] = _mm512_set1_epi32(four);
      }
#pragma GCC unroll 4
      for (int t = 0; t < tiles; t++) {
        const __m512i codes = _mm512_and_si512(_mm512_srli_epi16(packed[t], unsigned(field * bits)), mask);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) sums[t][r] = _mm512_dpbusd_epi32(sums[t][r], codes, query[r]);
      }
    }
  }
  for (int r = 0; r < R; r++) {
    for (int t = 0; t < tiles; t++) {
      const __m512 score =
          _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[t][r]), _mm512_set1_ps(step[r]), _mm512_set1_ps(constant[r]));
      _mm512_storeu_ps(scores + size_t(r) * stride + t * key_tile, score);
    }
  }
}

template <int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const int8_t* folded, const float* step,
                                const float* constant, float* scores, size_t stride) {
  if (shape.bits == 2) return score_folded<2, R>(shape, block, folded, step, constant, scores, stride);
  score_folded<1, R>(shape, block, folded, step, constant, scores, stride);
}

#elif defined(__AVX2__)

template <int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const int8_t* folded, const float* step,
                                const float* constant, float* scores, size_t stride) {
  const size_t vectors = shape.key_vectors(), fields = size_t(shape.per_byte()), bytes = folded_bytes(shape);
  const __m256i mask = _mm256_set1_epi8(char(shape.most())), ones = _mm256_set1_epi16(1);
  for (size_t part = 0; part < kv_block / 8; part++) {
    const uint8_t* tile = block + part / 2 * vectors * 64 + part % 2 * 32;
    __m256i sums[R];
    for (__m256i& sum : sums) sum = _mm256_setzero_si256();
    for (size_t v = 0; v < vectors; v++) {
      const __m256i packed = _mm256_load_si256(reinterpret_cast<const __m256i*>(tile + v * 64));
      for (size_t field = 0; field < fields; field++) {
        const __m128i shift = _mm_cvtsi32_si128(int(field) * shape.bits);
        const __m256i codes = _mm256_and_si256(_mm256_srl_epi16(packed, shift), mask);
        for (int r = 0; r < R; r++) {
          int32_t four;
          std::memcpy(&four, folded + size_t(r) * bytes + (v * fields + field) * 4, 4);
          // A pair of products is at most 2 * 3 * 127.
          const __m256i pairs = _mm256_maddubs_epi16(codes, _mm256_set1_epi32(four));
          sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(pairs, ones));
        }
      }
    }
    for (int r = 0; r < R; r++) {
      const __m256 score =
          _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[r]), _mm256_set1_ps(step[r]), _mm256_set1_ps(constant[r]));
      _mm256_storeu_ps(scores + size_t(r) * stride + part * 8, score);
    }
  }
}

#else

template <int R>
static inline void score_folded(LowBitShape shape, const uint8_t* block, const int8_t* folded, const float* step,
                                const float* constant, float* scores, size_t stride) {
  const size_t vectors = shape.key_vectors(), fields = size_t(shape.per_byte()), bytes = folded_bytes(shape);
  for (size_t j = 0; j < kv_block; j++) {
    const uint8_t* tile = block + j / key_tile * vectors * 64 + j % key_tile * 4;
    for (int r = 0; r < R; r++) {
      int sum = 0;
      for (size_t i = 0; i < bytes; i++) {
        const size_t quad = i / 4;
        const int code = tile[quad / fields * 64 + i % 4] >> quad % fields * size_t(shape.bits) & shape.most();
        sum += code * folded[size_t(r) * bytes + i];
      }
      scores[size_t(r) * stride + j] = float(sum) * step[r] + constant[r];
    }
  }
}

#endif

// One layer's and head's parts of low-bit blocks lie far apart, so that the processor does not see what comes next.
static inline void prefetch(const uint8_t* start, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(start + i);
}

// Of at most `segment_blocks` blocks, each with its layer's and head's part at `at`. Scoring right behind folding would
// wait for what was just stored, and for what is read first of every block.
template <int R>
static inline void score_blocks(LowBitShape shape, const uint8_t* const* blocks, size_t at, int count, const float* q,
                                float* scores, size_t stride) {
  FoldedQueries folded;
  const size_t bytes = R * folded_bytes(shape), codes = shape.key_vectors() * 256;
  for (int i = 0; i < count; i++) prefetch(blocks[i] + at + codes, shape.key_bytes() - codes);
  for (int i = 0; i < count; i++) {
    prefetch(blocks[i] + at, codes);
    fold<R>(shape, blocks[i] + at, q, folded.q + size_t(i) * bytes, folded.step + i * R, folded.constant + i * R);
  }
  for (int i = 0; i < count; i++)
    score_folded<R>(shape, blocks[i] + at, folded.q + size_t(i) * bytes, folded.step + i * R, folded.constant + i * R,
                    scores + size_t(i) * kv_block, stride);
}

static void score_low_bit(LowBitShape shape, const uint8_t* const* blocks, size_t at, int count, const float* q,
                          int queries, float* scores, size_t stride) {
  for (int first = 0; first < queries; first += most_folded) {
    const float* query = q + size_t(first) * size_t(shape.head_dim);
    float* out = scores + size_t(first) * stride;
    switch (std::min(most_folded, queries - first)) {
      case 1: score_blocks<1>(shape, blocks, at, count, query, out, stride); break;
      case 2: score_blocks<2>(shape, blocks, at, count, query, out, stride); break;
      case 3: score_blocks<3>(shape, blocks, at, count, query, out, stride); break;
      case 4: score_blocks<4>(shape, blocks, at, count, query, out, stride); break;
    }
  }
}

}  // namespace pathact::PATHACT_LEVEL
