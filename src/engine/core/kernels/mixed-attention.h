// Attention of one decoded token to all positions: those of the low-bit copy, of which the most important are replaced
// by their full-precision pair, and the recent ones in full precision (SpeCache, arXiv 2503.16163).
#pragma once

#include <algorithm>
#include <functional>
#include <limits>

#include "kernels/attention.h"
#include "kernels/kernels.h"
#include "kernels/low-bit.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// A low-bit position with a smaller share of the attention than this is left out of the mix.
constexpr float negligible_share = 1e-5f;

// Scores of a block in full precision; -infinity past the end.
static inline void score_recent(const MixedTask& task, int block, float* scores) {
  const Visible keys{0, std::min(kv_block, task.length - block * kv_block)};
  const size_t hd = size_t(task.shape.head_dim), hdp = task.shape.channels();
  for (int r = 0; r < task.queries; r++)
    block_scores<1>(task.q + size_t(r) * hd, hd, hdp, task.full[block] + task.k_at, keys,
                    scores + size_t(r) * task.stride);
}

// One layer's and head's parts of low-bit blocks lie far apart, so that the processor does not see what comes next.
constexpr int blocks_ahead = 2;

// Asks for `bytes` of a block of the low-bit copy, where there is such a block.
static inline void prefetch_low_bit(const MixedTask& task, int block, size_t at, size_t bytes) {
  if (block * kv_block >= task.quantised) return;
  const uint8_t* start = task.low_bit[block] + task.low_bit_at + at;
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(start + i);
}

// Scores of the blocks [first, last), whose last positions may be past the end: they get -infinity.
static void score_mixed(const MixedTask& task, int first, int last) {
  for (int block = first; block < last; block++) {
    prefetch_low_bit(task, block + blocks_ahead, 0, task.shape.key_bytes());
    float* scores = task.scores + size_t(block) * kv_block;
    if (block * kv_block < task.quantised) {
      score_low_bit(task.shape, task.low_bit[block] + task.low_bit_at, task.q, task.queries, scores, task.stride);
      continue;
    }
    score_recent(task, block, scores);
  }
}

// Both of whole blocks, in four interleaved parts: one would wait for each addition.

static inline float largest_of(const float* x, size_t n) {
  Vec most[4];
  for (Vec& part : most) part = Vec::all(-INFINITY);
  for (size_t i = 0; i < n; i += 4 * Vec::width) {
    for (int p = 0; p < 4; p++) most[p] = max(most[p], Vec::load(x + i + size_t(p) * Vec::width));
  }
  return max(max(most[0], most[1]), max(most[2], most[3])).max();
}

static inline float sum_of(const float* x, size_t n) {
  Vec sum[4];
  for (Vec& part : sum) part = Vec::zero();
  for (size_t i = 0; i < n; i += 4 * Vec::width) {
    for (int p = 0; p < 4; p++) sum[p] = sum[p] + Vec::load(x + i + size_t(p) * Vec::width);
  }
  return (sum[0] + sum[1] + (sum[2] + sum[3])).sum();
}

// Scores -> e^(score - largest); gives the largest.
static inline float exponentiate(float* x, size_t n) {
  const float largest = largest_of(x, n);
  for (size_t i = 0; i < n; i += Vec::width) exp(Vec::load(x + i) - Vec::all(largest)).store(x + i);
  return largest;
}

static void weigh_mixed(const MixedTask& task) {
  const size_t n = round_up(size_t(task.length), kv_block);
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    task.largest[r] = exponentiate(weights, n);
    task.sums[r] = sum_of(weights, n);
  }
}

struct Candidate {
  float importance;
  int position;
};
// The better of two: lower positions win among equals.
static inline bool is_better(const Candidate& a, const Candidate& b) {
  return a.importance > b.importance || (a.importance == b.importance && a.position < b.position);
}

// Means of the shares, but for a factor; at most `groups` largest ones of interleaved parts go to `largest`, Vec::width
// each. What is no number counts as nothing.
static inline void importances(const MixedTask& task, int among, int groups, float* largest) {
  const int vectors = (among + Vec::width - 1) / Vec::width;
  float inverse[most_queries];
  for (int r = 0; r < task.queries; r++) inverse[r] = 1 / task.sums[r];
  for (int g = 0; g < groups; g++) {
    Vec most = Vec::zero();
    for (int i = int(int64_t(vectors) * g / groups); i < int(int64_t(vectors) * (g + 1) / groups); i++) {
      const int j = i * Vec::width;
      Vec importance = Vec::zero();
      for (int r = 0; r < task.queries; r++)
        importance = fma(Vec::load(task.scores + size_t(r) * task.stride + j), Vec::all(inverse[r]), importance);
      importance = max(importance, Vec::zero());
      importance.store(task.importance + j);
      most = max(most, importance);
    }
    most.store(largest + g * Vec::width);
  }
}

// Positions that are as important as the `fetch`th largest of many parts' maxima hold the `fetch` most important ones,
// and few others.
static void choose_mixed(const MixedTask& task, int among, int fetch, int32_t* chosen) {
  constexpr int room = 4 * most_fetched;
  if (fetch == 0) return;
  float largest[room + 16];
  const int vectors = among / Vec::width, groups = std::min(vectors, (4 * fetch + Vec::width - 1) / Vec::width);
  importances(task, among, groups, largest);
  float least = 0;
  if (groups * Vec::width >= fetch) {
    std::nth_element(largest, largest + fetch - 1, largest + groups * Vec::width, std::greater<float>());
    least = largest[fetch - 1];
  }
  Candidate candidates[room];
  int count = 0;
  for (int j = 0; j < among; j += Vec::width) {
    if (!Vec::load(task.importance + j).any_from(least)) continue;
    if (count + Vec::width > room) {
      std::nth_element(candidates, candidates + fetch - 1, candidates + count, is_better);
      count = fetch;
    }
    for (int i = 0; i < Vec::width; i++) {
      candidates[count] = {task.importance[j + i], j + i};
      count += task.importance[j + i] >= least;
    }
  }
  std::nth_element(candidates, candidates + fetch - 1, candidates + count, is_better);
  for (int i = 0; i < fetch; i++) chosen[i] = candidates[i].position;
  std::sort(chosen, chosen + fetch);
}

// scores[i] = q . key_i
static inline void score_pairs(const float* q, size_t hd, size_t channels, const FetchedPairs& pairs, float* scores) {
  const size_t whole = hd / size_t(Vec::width) * size_t(Vec::width);
  for (int i = 0; i < pairs.count; i++) {
    const uint16_t* key = pairs.keys + size_t(i) * channels;
    Vec sum = Vec::zero();
    for (size_t d = 0; d < whole; d += size_t(Vec::width)) sum = fma(Vec::load(q + d), Vec::load_half(key + d), sum);
    scores[i] = sum.sum();
    for (size_t d = whole; d < hd; d++) scores[i] += q[d] * half_to_float(key[d]);
  }
}

// Weights and their sum are relative to the larger of both maxima from there on.
static void replace_mixed(const MixedTask& task, const FetchedPairs& pairs) {
  if (pairs.count == 0) return;
  const size_t n = round_up(size_t(task.length), kv_block), hd = size_t(task.shape.head_dim);
  alignas(64) float scores[most_fetched];
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    score_pairs(task.q + size_t(r) * hd, hd, task.shape.channels(), pairs, scores);
    const float most = std::max(task.largest[r], *std::max_element(scores, scores + pairs.count));
    if (most > task.largest[r]) {
      const Vec factor = Vec::all(std::exp(task.largest[r] - most));
      for (size_t i = 0; i < n; i += Vec::width) (Vec::load(weights + i) * factor).store(weights + i);
    }
    task.largest[r] = most;
    std::fill(scores + pairs.count, scores + round_up(size_t(pairs.count), 16), most);
    for (int i = 0; i < pairs.count; i += Vec::width) exp(Vec::load(scores + i) - Vec::all(most)).store(scores + i);
    for (int i = 0; i < pairs.count; i++) weights[pairs.positions[i]] = scores[i];
    task.sums[r] = sum_of(weights, n);
  }
}

// Adds R queries' shares of full-precision values: the fetched ones and the recent ones.
template <int R>
static inline void add_full_values(const MixedTask& task, const FetchedPairs& pairs, int first) {
  const size_t channels = task.shape.channels();
  const float* weights = task.scores + size_t(first) * task.stride;
  float* out = task.out + size_t(first) * channels;
  for (size_t d = 0; d < channels; d += Vec::width) {
    Vec sums[R];
    for (int r = 0; r < R; r++) sums[r] = Vec::load(out + size_t(r) * channels + d);
    const auto add = [&](int position, const uint16_t* values) {
      const Vec value = Vec::load_half(values + d);
      for (int r = 0; r < R; r++)
        sums[r] = fma(Vec::all(weights[size_t(r) * task.stride + size_t(position)]), value, sums[r]);
    };
    for (int i = 0; i < pairs.count; i++) add(pairs.positions[i], pairs.values + size_t(i) * channels);
    for (int position = task.quantised; position < task.length; position++)
      add(position, task.full[position / kv_block] + task.v_at + size_t(position % kv_block) * channels);
    for (int r = 0; r < R; r++) sums[r].store(out + size_t(r) * channels + d);
  }
}

static inline void add_full_values(const MixedTask& task, const FetchedPairs& pairs) {
  int first = 0;
  for (; first + 3 <= task.queries; first += 3) add_full_values<3>(task, pairs, first);
  for (; first < task.queries; first++) add_full_values<1>(task, pairs, first);
}

static void mix_mixed(const MixedTask& task, const FetchedPairs& pairs) {
  const size_t channels = task.shape.channels();
  std::memset(task.out, 0, size_t(task.queries) * channels * sizeof(float));
  add_full_values(task, pairs);
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    for (int i = 0; i < pairs.count; i++) weights[pairs.positions[i]] = 0;
    const float least = negligible_share * task.sums[r];
    for (int j = 0; j < task.quantised; j += Vec::width)
      zero_below(Vec::load(weights + j), Vec::load(weights + j), least).store(weights + j);
  }
  for (int block = 0; block * kv_block < task.quantised; block++) {
    prefetch_low_bit(task, block + blocks_ahead, task.shape.key_bytes(), task.shape.value_bytes());
    mix_low_bit(task.shape, task.low_bit[block] + task.low_bit_at, task.scores + size_t(block) * kv_block, task.stride,
                task.queries, task.out);
  }
  for (int r = 0; r < task.queries; r++) {
    const float factor = 1 / task.sums[r];
    for (size_t d = 0; d < channels; d++) task.out[size_t(r) * channels + d] *= factor;
  }
}

}  // namespace pathact::PATHACT_LEVEL
