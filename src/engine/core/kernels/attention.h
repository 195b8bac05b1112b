// Causal attention of query vectors over one KV head, in blocks of 64 keys with a running softmax
// (Milakov and Gimelshein, arXiv 1805.02867). Blocks start at absolute positions, so a query's result does not
// depend on how its prompt was cut or on the other queries of the call.
#pragma once

#include <limits>

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

constexpr int attend_tile = 8;

// What a query sees of a block: keys [from, to).
struct Visible {
  int from, to;
  bool none() const { return from >= to; }
  bool operator==(const Visible& other) const { return from == other.from && to == other.to; }
};

// scores[r][j] = q_r . k_j for the block's visible keys; -infinity for the others.
template <int R>
static inline void block_scores(const AttendTask& task, int first, const uint16_t* k, Visible keys, float* scores) {
  const size_t hd = size_t(task.head_dim), hdp = size_t(task.head_dim_padded);
  const float* q = task.q + size_t(first) * hd;
  for (int j = 0; j < kv_block; j += Vec::width) {
    if (j >= keys.to || j + Vec::width <= keys.from) {
      for (int r = 0; r < R; r++) Vec::all(-std::numeric_limits<float>::infinity()).store(scores + r * kv_block + j);
      continue;
    }
    const uint16_t* tile = k + size_t(j / key_tile) * hdp * key_tile + j % key_tile;
    Vec acc[R];
    for (int r = 0; r < R; r++) acc[r] = Vec::zero();
    for (size_t d = 0; d < hd; d++) {
      const Vec key = Vec::load_half(tile + d * key_tile);
      for (int r = 0; r < R; r++) acc[r] = fma(Vec::all(q[size_t(r) * hd + d]), key, acc[r]);
    }
    for (int r = 0; r < R; r++) {
      const Vec seen =
          keys.to - j < Vec::width ? acc[r].first(keys.to - j, -std::numeric_limits<float>::infinity()) : acc[r];
      seen.store(scores + r * kv_block + j);
    }
  }
  for (int r = 0; r < R; r++) {
    for (int j = keys.from / Vec::width * Vec::width; j < keys.from; j++)
      scores[r * kv_block + j] = -std::numeric_limits<float>::infinity();
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

template <int R>
static inline void add_values(const AttendTask& task, int first, const uint16_t* v, Visible keys, const float* weights,
                              const float* correction) {
  const size_t hdp = size_t(task.head_dim_padded);
  float* out = task.out + size_t(first) * hdp;
  for (size_t d = 0; d < hdp; d += Vec::width) {
    Vec acc[R];
    for (int r = 0; r < R; r++) acc[r] = Vec::load(out + size_t(r) * hdp + d) * Vec::all(correction[r]);
    for (int j = keys.from; j < keys.to; j++) {
      const Vec value = Vec::load_half(v + size_t(j) * hdp + d);
      for (int r = 0; r < R; r++) acc[r] = fma(Vec::all(weights[r * kv_block + j]), value, acc[r]);
    }
    for (int r = 0; r < R; r++) acc[r].store(out + size_t(r) * hdp + d);
  }
}

template <int R>
static void attend_block(const AttendTask& task, int first, int block, Visible keys) {
  alignas(64) float scores[R * kv_block];
  float correction[R];
  block_scores<R>(task, first, task.k[block], keys, scores);
  for (int r = 0; r < R; r++) {
    correction[r] = block_softmax(scores + r * kv_block, task.running_max[first + r], task.running_sum[first + r]);
  }
  add_values<R>(task, first, task.v[block], keys, scores, correction);
}

static inline Visible visible_keys(const AttendTask& task, int query, int block) {
  const int from = task.start[query] - block * kv_block, to = task.length[query] - block * kv_block;
  return {from < 0 ? 0 : from, to > kv_block ? kv_block : to};
}

static void attend(const AttendTask& task) {
  const size_t hdp = size_t(task.head_dim_padded);
  std::memset(task.out, 0, size_t(task.queries) * hdp * sizeof(float));
  for (int i = 0; i < task.queries; i++) {
    task.running_max[i] = -std::numeric_limits<float>::infinity();
    task.running_sum[i] = 0;
  }
  const int blocks = (task.length[task.queries - 1] + kv_block - 1) / kv_block;
  for (int block = task.start[0] / kv_block; block < blocks; block++) {
    for (int i = 0; i < task.queries;) {
      const Visible keys = visible_keys(task, i, block);
      int alike = 1;
      while (alike < attend_tile && i + alike < task.queries && visible_keys(task, i + alike, block) == keys) alike++;
      if (keys.none())
        i += alike;
      else if (alike == attend_tile)
        attend_block<attend_tile>(task, i, block, keys), i += attend_tile;
      else if (alike >= 4)
        attend_block<4>(task, i, block, keys), i += 4;
      else if (alike >= 3)
        attend_block<3>(task, i, block, keys), i += 3;
      else if (alike >= 2)
        attend_block<2>(task, i, block, keys), i += 2;
      else
        attend_block<1>(task, i, block, keys), i += 1;
    }
  }
  for (int i = 0; i < task.queries; i++) {
    float* out = task.out + size_t(i) * hdp;
    const float inverse = 1.0f / task.running_sum[i];
    for (size_t d = 0; d < hdp; d++) out[d] *= inverse;
  }
}

}  // namespace pathact::PATHACT_LEVEL
