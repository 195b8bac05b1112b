// Attention of one decoded token to all positions: those of the low-bit copy, of which the most important are replaced
// by their full-precision pair, and the recent ones in full precision (SpeCache, arXiv 2503.16163).
#pragma once

#include <algorithm>
#include <bit>
#include <limits>

#include "kernels/attention.h"
#include "kernels/kernels.h"
#include "kernels/low-bit-keys.h"
#include "kernels/low-bit-values.h"
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

static void score_mixed(const MixedTask& task, int segment) {
  const int begin = task.begin(segment), end = task.end(segment), low_bit = std::min(end, task.quantised);
  if (begin < low_bit)
    score_low_bit(task.shape, task.low_bit + begin / kv_block, task.low_bit_at, (low_bit - begin) / kv_block, task.q,
                  task.queries, task.scores + begin, task.stride);
  for (int position = std::max(begin, task.quantised); position < end; position += kv_block)
    score_recent(task, position / kv_block, task.scores + position);
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride + begin;
    const size_t part = size_t(segment * task.queries + r);
    task.largest[part] = exponentiate(weights, size_t(end - begin));
    task.sums[part] = sum_of(weights, size_t(end - begin));
  }
}

static void weigh_mixed(const MixedTask& task) {
  const int parts = task.segments() * task.queries;
  for (int r = 0; r < task.queries; r++) {
    float largest = -INFINITY, sum = 0;
    for (int i = r; i < parts; i += task.queries) largest = std::max(largest, task.largest[i]);
    for (int i = r; i < parts; i += task.queries) {
      task.shares[i] = std::exp(task.largest[i] - largest);
      sum += task.sums[i] * task.shares[i];
    }
    for (int i = r; i < parts; i += task.queries) task.shares[i] /= sum;
  }
}

// The nth largest of `count` numbers that are not negative; whole vectors. Such floats are ordered as their bits are.
static inline float nth_largest(const float* x, int count, int n) {
  const auto number = [](uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
  };
  uint32_t least = 0, above = 0x7f800001;  // as many as asked for are from `least` on, fewer from `above` on
  while (above - least > 1) {
    const uint32_t middle = least + (above - least) / 2;
    int found = 0;
    for (int i = 0; i < count; i += Vec::width) found += std::popcount(Vec::load(x + i).lanes_from(number(middle)));
    (found >= n ? least : above) = middle;
  }
  return number(least);
}

constexpr int most_candidates = 4 * most_fetched;

// Positions in ascending order, with their importance.
struct Candidates {
  int count = 0;
  int32_t positions[most_candidates];
  float importance[most_candidates + 16];

  // The `most` most important ones stay, in their order; lower positions among equals.
  void keep(int most) {
    if (count <= most) return;
    std::fill_n(importance + count, 16, -1.0f);
    const float weakest = nth_largest(importance, int(round_up(size_t(count), size_t(Vec::width))), most);
    const auto stronger = std::count_if(importance, importance + count, [&](float x) { return x > weakest; });
    int equals = most - int(stronger), kept = 0;
    for (int i = 0; i < count; i++) {
      if (importance[i] < weakest || (importance[i] == weakest && equals-- <= 0)) continue;
      positions[kept] = positions[i];
      importance[kept++] = importance[i];
    }
    count = kept;
  }
};

// Means of the shares, but for a factor; at most `groups` largest ones of interleaved parts go to `largest`, Vec::width
// each. What is no number counts as nothing.
static inline void importances(const MixedTask& task, int among, int groups, float* largest) {
  const int vectors = (among + Vec::width - 1) / Vec::width;
  for (int g = 0; g < groups; g++) {
    Vec most = Vec::zero();
    for (int i = int(int64_t(vectors) * g / groups); i < int(int64_t(vectors) * (g + 1) / groups); i++) {
      const int j = i * Vec::width;
      const float* shares = task.shares + j / segment_positions * task.queries;
      Vec importance = Vec::zero();
      for (int r = 0; r < task.queries; r++)
        importance = fma(Vec::load(task.scores + size_t(r) * task.stride + j), Vec::all(shares[r]), importance);
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
  if (fetch == 0) return;
  float largest[most_candidates + 16];
  const int vectors = among / Vec::width, groups = std::min(vectors, (4 * fetch + Vec::width - 1) / Vec::width);
  importances(task, among, groups, largest);
  const int maxima = groups * Vec::width;
  const float least = maxima >= fetch ? nth_largest(largest, maxima, fetch) : 0;
  Candidates candidates;
  for (int j = 0; j < among; j += Vec::width) {
    const Vec importance = Vec::load(task.importance + j);
    for (uint32_t lanes = importance.lanes_from(least); lanes; lanes &= lanes - 1) {
      const int position = j + std::countr_zero(lanes);
      candidates.positions[candidates.count] = position;
      candidates.importance[candidates.count++] = task.importance[position];
    }
    if (candidates.count + Vec::width > most_candidates) candidates.keep(fetch);
  }
  candidates.keep(fetch);
  std::copy_n(candidates.positions, fetch, chosen);
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

// A fetched score may be so much larger than all of its segment before the weights are made relative to it.
constexpr float headroom = 20;

// Of one segment and query.
static inline void replace_weights(const MixedTask& task, int segment, int r, const int32_t* positions, int count,
                                   float* scores) {
  const int begin = task.begin(segment);
  const size_t n = size_t(task.end(segment) - begin), part = size_t(segment * task.queries + r);
  float* weights = task.scores + size_t(r) * task.stride + begin;
  const float most = *std::max_element(scores, scores + count);
  if (most > task.largest[part] + headroom) {
    const Vec factor = Vec::all(std::exp(task.largest[part] - most));
    for (size_t i = 0; i < n; i += Vec::width) (Vec::load(weights + i) * factor).store(weights + i);
    task.largest[part] = most;
  }
  float weight[most_fetched + 16];
  for (int i = 0; i < count; i += Vec::width)
    exp(Vec::load(scores + i) - Vec::all(task.largest[part])).store(weight + i);
  for (int i = 0; i < count; i++) weights[positions[i] - begin] = weight[i];
  task.sums[part] = sum_of(weights, n);
}

static void replace_mixed(const MixedTask& task, const FetchedPairs& pairs) {
  const size_t hd = size_t(task.shape.head_dim);
  float scores[most_fetched + 16] = {};
  for (int r = 0; r < task.queries; r++) {
    score_pairs(task.q + size_t(r) * hd, hd, task.shape.channels(), pairs, scores);
    for (int i = 0, end; i < pairs.count; i = end) {
      const int segment = pairs.positions[i] / segment_positions;
      for (end = i + 1; end < pairs.count && pairs.positions[end] < task.begin(segment + 1);) end++;
      replace_weights(task, segment, r, pairs.positions + i, end - i, scores + i);
    }
  }
  if (pairs.count > 0) weigh_mixed(task);
}

// What one segment sees in full precision: of the fetched pairs those from `first` on, and recent positions.
struct FullValues {
  FetchedPairs pairs;
  int recent, end;  // positions
};

static inline FullValues full_values_of(const MixedTask& task, const FetchedPairs& pairs, int segment) {
  const int32_t* last = pairs.positions + pairs.count;
  const int32_t* from = std::lower_bound(pairs.positions, last, task.begin(segment));
  const int32_t* to = std::lower_bound(from, last, task.begin(segment + 1));
  const size_t skipped = size_t(from - pairs.positions) * task.shape.channels();
  return {{int(to - from), from, pairs.keys + skipped, pairs.values + skipped},
          std::max(task.quantised, task.begin(segment)),
          std::min(task.length, task.begin(segment + 1))};
}

// Their values times R queries' weights.
template <int R>
static inline void mix_full_values(const MixedTask& task, const FullValues& seen, int first, float* out) {
  const size_t channels = task.shape.channels();
  const float* weights = task.scores + size_t(first) * task.stride;
  for (size_t d = 0; d < channels; d += Vec::width) {
    Vec sums[R];
    for (int r = 0; r < R; r++) sums[r] = Vec::zero();
    const auto add = [&](int position, const uint16_t* values) {
      const Vec value = Vec::load_half(values + d);
      for (int r = 0; r < R; r++)
        sums[r] = fma(Vec::all(weights[size_t(r) * task.stride + size_t(position)]), value, sums[r]);
    };
    for (int i = 0; i < seen.pairs.count; i++) add(seen.pairs.positions[i], seen.pairs.values + size_t(i) * channels);
    for (int position = seen.recent; position < seen.end; position++)
      add(position, task.full[position / kv_block] + task.v_at + size_t(position % kv_block) * channels);
    for (int r = 0; r < R; r++) sums[r].store(out + size_t(r) * channels + d);
  }
}

static inline void mix_full_values(const MixedTask& task, const FullValues& seen, float* out) {
  int r = 0;
  for (; r + 3 <= task.queries; r += 3) mix_full_values<3>(task, seen, r, out + size_t(r) * task.shape.channels());
  for (; r < task.queries; r++) mix_full_values<1>(task, seen, r, out + size_t(r) * task.shape.channels());
}

constexpr int blocks_ahead = 2;  // whose values are asked for

static void mix_mixed(const MixedTask& task, const FetchedPairs& pairs, int segment) {
  const FullValues seen = full_values_of(task, pairs, segment);
  const int begin = task.begin(segment), end = std::min(task.quantised, task.end(segment));
  float* out = task.out + size_t(segment * task.queries) * task.shape.channels();
  mix_full_values(task, seen, out);
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    for (int i = 0; i < seen.pairs.count; i++) weights[seen.pairs.positions[i]] = 0;
    const float least = negligible_share / task.shares[segment * task.queries + r];
    for (int j = begin; j < end; j += Vec::width)
      zero_below(Vec::load(weights + j), Vec::load(weights + j), least).store(weights + j);
  }
  for (int j = begin; j < end; j += kv_block) {
    const int ahead = j / kv_block + blocks_ahead;
    if (ahead * kv_block < end)
      prefetch(task.low_bit[ahead] + task.low_bit_at + task.shape.key_bytes(), task.shape.value_bytes());
    mix_low_bit(task.shape, task.low_bit[j / kv_block] + task.low_bit_at, task.scores + j, task.stride, task.queries,
                out);
  }
}

}  // namespace pathact::PATHACT_LEVEL
