// Causal attention of query vectors over one KV head, in blocks of 64 keys with a running softmax
// (Milakov and Gimelshein, arXiv 1805.02867). Blocks start at absolute positions, so a query's result does not
// depend on how its prompt was cut or on the other queries of the call.
#pragma once

#include <algorithm>
#include <limits>

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

#if defined(__AVX512F__)
constexpr int registers = 32, attend_tile = 12;
#else
constexpr int registers = 16, attend_tile = 6;
#endif

// Vectors that R queries work on together. Few queries need several, for enough sums to hide the latency of an
// addition; many do best with one, whose multiplications read the query's value from memory themselves.
template <int R>
constexpr int abreast = R >= 8                   ? 1
                        : registers == 32        ? 4
                        : R * 4 + 5 <= registers ? 4
                                                 : 2;

// What a query sees of a block: keys [from, to).
struct Visible {
  int from, to;
  bool none() const { return from >= to; }
  bool operator==(const Visible& other) const { return from == other.from && to == other.to; }
};

// scores[r][j] = q_r . k_j for the block's visible keys; -infinity for the others.
template <int R>
static inline void block_scores(const float* q, size_t hd, size_t hdp, const uint16_t* k, Visible keys, float* scores) {
  constexpr int N = abreast<R>;
  const Vec unseen = Vec::all(-std::numeric_limits<float>::infinity());
  for (int j = 0; j < kv_block; j += N * Vec::width) {
    if (j >= keys.to || j + N * Vec::width <= keys.from) {
      for (int r = 0; r < R; r++) {
        for (int i = 0; i < N; i++) unseen.store(scores + r * kv_block + j + i * Vec::width);
      }
      continue;
    }
    const uint16_t* tiles[N];
    for (int i = 0; i < N; i++) {
      const int at = j + i * Vec::width;
      tiles[i] = k + size_t(at / key_tile) * hdp * key_tile + at % key_tile;
    }
    Vec acc[R][N];
    for (int r = 0; r < R; r++) {
      for (int i = 0; i < N; i++) acc[r][i] = Vec::zero();
    }
    for (size_t d = 0; d < hd; d++) {
      Vec key[N];
      for (int i = 0; i < N; i++) key[i] = Vec::load_half(tiles[i] + d * key_tile);
      for (int r = 0; r < R; r++) {
        const Vec x = Vec::all(q[size_t(r) * hd + d]);
        for (int i = 0; i < N; i++) acc[r][i] = fma(x, key[i], acc[r][i]);
      }
    }
    for (int r = 0; r < R; r++) {
      for (int i = 0; i < N; i++) {
        const int at = j + i * Vec::width, seen = std::max(0, keys.to - at);
        const Vec score =
            seen < Vec::width ? acc[r][i].first(seen, -std::numeric_limits<float>::infinity()) : acc[r][i];
        score.store(scores + r * kv_block + at);
      }
    }
  }
  for (int r = 0; r < R; r++) {
    for (int j = 0; j < keys.from; j++) scores[r * kv_block + j] = -std::numeric_limits<float>::infinity();
  }
}

// Scores -> weights in place; updates the running maximum and sum; returns the factor for what was added up before.
static inline float block_softmax(float* scores, float& running_max, float& running_sum) {
  Vec most = Vec::load(scores);
  for (int j = Vec::width; j < kv_block; j += Vec::width) most = max(most, Vec::load(scores + j));
  const float block_max = most.max();
  const float new_max = block_max > running_max ? block_max : running_max;
  Vec sum = Vec::zero();
  for (int j = 0; j < kv_block; j += Vec::width) {
    const Vec weight = exp(Vec::load(scores + j) - Vec::all(new_max));
    weight.store(scores + j);
    sum = sum + weight;
  }
  const float correction = running_max == new_max ? 1.0f : std::exp(running_max - new_max);
  running_max = new_max;
  running_sum = running_sum * correction + sum.sum();
  return correction;
}

// N vectors of the values' channels, from d on.
template <int R, int N>
static inline void add_channels(const uint16_t* v, size_t hdp, size_t d, Visible keys, const float* weights,
                                const float* correction, float* out) {
  Vec acc[R][N];
  for (int r = 0; r < R; r++) {
    for (int i = 0; i < N; i++)
      acc[r][i] = Vec::load(out + size_t(r) * hdp + d + size_t(i * Vec::width)) * Vec::all(correction[r]);
  }
  for (int j = keys.from; j < keys.to; j++) {
    Vec value[N];
    for (int i = 0; i < N; i++) value[i] = Vec::load_half(v + size_t(j) * hdp + d + size_t(i * Vec::width));
    for (int r = 0; r < R; r++) {
      const Vec weight = Vec::all(weights[r * kv_block + j]);
      for (int i = 0; i < N; i++) acc[r][i] = fma(weight, value[i], acc[r][i]);
    }
  }
  for (int r = 0; r < R; r++) {
    for (int i = 0; i < N; i++) acc[r][i].store(out + size_t(r) * hdp + d + size_t(i * Vec::width));
  }
}

template <int R>
static inline void add_values(const uint16_t* v, size_t hdp, Visible keys, const float* weights,
                              const float* correction, float* out) {
  constexpr size_t step = size_t(abreast<R> * Vec::width);
  size_t d = 0;
  for (; d + step <= hdp; d += step) add_channels<R, abreast<R>>(v, hdp, d, keys, weights, correction, out);
  for (; d < hdp; d += Vec::width) add_channels<R, 1>(v, hdp, d, keys, weights, correction, out);
}

template <int R>
static void attend_block(const AttendTask& task, int first, int block, Visible keys, AttendSums sums) {
  alignas(64) float scores[R * kv_block];
  float correction[R];
  const size_t hd = size_t(task.head_dim), hdp = size_t(task.head_dim_padded);
  block_scores<R>(task.q + size_t(first) * hd, hd, hdp, task.k[block], keys, scores);
  for (int r = 0; r < R; r++)
    correction[r] = block_softmax(scores + r * kv_block, sums.largest[first + r], sums.sum[first + r]);
  add_values<R>(task.v[block], hdp, keys, scores, correction, sums.out + size_t(first) * hdp);
}

// Takes as many of the queries that see the same keys as one call can; gives their number.
template <int R>
static int attend_alike(const AttendTask& task, int first, int alike, int block, Visible keys, AttendSums sums) {
  if constexpr (R > 1) {
    if (alike < R) return attend_alike<R - 1>(task, first, alike, block, keys, sums);
  }
  attend_block<R>(task, first, block, keys, sums);
  return R;
}

static inline Visible visible_keys(const AttendTask& task, int query, int block) {
  const int from = task.start[query] - block * kv_block, to = task.length[query] - block * kv_block;
  return {from < 0 ? 0 : from, to > kv_block ? kv_block : to};
}

// Into the second-level cache, while the block before it is worked on.
static inline void prefetch_block(const AttendTask& task, int block) {
  constexpr int line = 32;  // values
  for (int i = 0; i < kv_block * task.head_dim_padded; i += line) {
    __builtin_prefetch(task.k[block] + i, 0, 2);
    __builtin_prefetch(task.v[block] + i, 0, 2);
  }
}

static void attend(const AttendTask& task, int first, int last, AttendSums sums) {
  for (int block = first; block < last; block++) {
    // Many queries work long enough on a block, and others of its tile have read the next one.
    if (block + 1 < last && task.queries < attend_tile) prefetch_block(task, block + 1);
    for (int i = 0; i < task.queries;) {
      const Visible keys = visible_keys(task, i, block);
      int alike = 1;
      while (alike < attend_tile && i + alike < task.queries && visible_keys(task, i + alike, block) == keys) alike++;
      i += keys.none() ? alike : attend_alike<attend_tile>(task, i, alike, block, keys, sums);
    }
  }
}

}  // namespace pathact::PATHACT_LEVEL
