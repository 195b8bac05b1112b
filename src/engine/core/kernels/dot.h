// Dot products of weight rows with activation rows.
// Each (weight row, activation row) pair adds up in one order, whatever the number of rows and whether the weights
// were unpacked before or are read as they lie: a token's logits do not depend on its batch, bit for bit.
#pragma once

#include "kernels/dot-chunk.h"
#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// A row's number of chunks of this level's width.
static inline size_t chunks_of(BlockRows rows) { return rows.chunks() * (64 / chunk_values); }

template <int R>
static inline void finish(Sum* sums, const float* extras, BlockRows x, float* out) {
  for (size_t group = 0; group < x.extra_groups(); group++) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) sums[r] = add_extras(sums[r], extras + group * 16, x.extra(r, group));
  }
  add_lanes<R>(sums, out);
}

template <int R>
static inline void dot_unpacked_rows(BlockRows w, int weight_rows, BlockRows x, float* out) {
  const size_t chunks = chunks_of(x);
  x.lanes = activation_tile;  // so that the compiler knows
  for (int i = 0; i < weight_rows; i++, out += activation_tile) {
    const BlockRows row = w.tile(size_t(i));
    Sum sums[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) sums[r] = no_sum();
    for (size_t c = 0; c < chunks; c++) accumulate<R>(load_chunk(row, c), x, c, sums);
    finish<R>(sums, row.extra(0, 0), x, out);
  }
}

// The extras of all rows are stored first and read later: read at once, they would still be on their way to the cache.
template <class Format, int R>
static inline void dot_packed_rows(const PackedRows& w, BlockRows x, float* extras, float* out) {
  const size_t blocks = w.columns / 32, chunks = chunks_of(x), stride = x.extra_groups() * 16;
  x.lanes = activation_tile;
  Sum all[weight_tile][R];
  for (int i = 0; i < w.rows; i++) {
    const uint8_t* row = w.data + size_t(i) * w.row_bytes;
    float* extra = extras + size_t(i) * stride;
    Sum sums[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) sums[r] = no_sum();
    for (size_t c = 0; c < chunks; c++) {
      accumulate<R>(read_chunk<Format>(row, c, blocks, extra + c * chunk_values / 32), x, c, sums);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) all[i][r] = sums[r];
  }
  for (int i = 0; i < w.rows; i++) finish<R>(all[i], extras + size_t(i) * stride, x, out + i * activation_tile);
}

static void dot_unpacked(BlockRows w, int weight_rows, BlockRows x, int rows, float* out) {
  switch (rows) {
    case 1: return dot_unpacked_rows<1>(w, weight_rows, x, out);
    case 2: return dot_unpacked_rows<2>(w, weight_rows, x, out);
    case 3: return dot_unpacked_rows<3>(w, weight_rows, x, out);
    case 4: return dot_unpacked_rows<4>(w, weight_rows, x, out);
    case 5: return dot_unpacked_rows<5>(w, weight_rows, x, out);
    case 6: return dot_unpacked_rows<6>(w, weight_rows, x, out);
    case 7: return dot_unpacked_rows<7>(w, weight_rows, x, out);
    case 8: return dot_unpacked_rows<8>(w, weight_rows, x, out);
  }
}

static void dot_packed(const PackedRows& w, BlockRows x, int rows, float* extras, float* out) {
  const size_t blocks = w.columns / 32, stride = x.extra_groups() * 16;
  for (size_t i = 0; i < size_t(w.rows); i++)
    std::memset(extras + i * stride + blocks, 0, (stride - blocks) * sizeof(float));
  with_format(w.type, [&](auto format) {
    using Format = decltype(format);
    switch (rows) {
      case 1: return dot_packed_rows<Format, 1>(w, x, extras, out);
      case 2: return dot_packed_rows<Format, 2>(w, x, extras, out);
      case 3: return dot_packed_rows<Format, 3>(w, x, extras, out);
      case 4: return dot_packed_rows<Format, 4>(w, x, extras, out);
    }
  });
}

template <int R>
static inline void dot_floats_tile(const float* w, const float* x, size_t stride, size_t n, float* out) {
  Vec sums[R];
  for (Vec& sum : sums) sum = Vec::zero();
  size_t i = 0;
  for (; i + Vec::width <= n; i += Vec::width) {
    const Vec weights = Vec::load(w + i);
    for (int r = 0; r < R; r++) sums[r] = fma(weights, Vec::load(x + size_t(r) * stride + i), sums[r]);
  }
  for (int r = 0; r < R; r++) {
    out[r] = sums[r].sum();
    for (size_t j = i; j < n; j++) out[r] += w[j] * x[size_t(r) * stride + j];
  }
}

static void dot_floats(const float* w, const float* x, size_t stride, size_t n, int rows, float* out) {
  int r = 0;
  for (; r + activation_tile <= rows; r += activation_tile)
    dot_floats_tile<activation_tile>(w, x + size_t(r) * stride, stride, n, out + r);
  for (; r < rows; r++) dot_floats_tile<1>(w, x + size_t(r) * stride, stride, n, out + r);
}

}  // namespace pathact::PATHACT_LEVEL
