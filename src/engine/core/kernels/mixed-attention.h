// Attention of one decoded token to all positions: those of the low-bit copy, of which the most important are replaced
// by their full-precision pair, and the recent ones in full precision (SpeCache, arXiv 2503.16163, "exact" selection:
// the token's own queries choose).
#pragma once

#include <algorithm>
#include <limits>

#include "kernels/attention.h"
#include "kernels/kernels.h"
#include "kernels/low-bit.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

// A low-bit position with a smaller share of the attention than this is left out of the mix.
constexpr float negligible_share = 1e-5f;

static inline float dot_halves(const float* q, const uint16_t* x, size_t n) {
  Vec sum = Vec::zero();
  size_t d = 0;
  for (; d + Vec::width <= n; d += Vec::width) sum = fma(Vec::load(q + d), Vec::load_half(x + d), sum);
  float total = sum.sum();
  for (; d < n; d++) total += q[d] * half_to_float(x[d]);
  return total;
}

// scores[r * stride] = q_r . the full-precision key of this position
static inline void score_full(const MixedTask& task, int position, float* scores, size_t stride) {
  const size_t channels = task.shape.channels(), n = size_t(task.shape.head_dim), within = size_t(position % kv_block);
  const uint16_t* key =
      task.full[position / kv_block] + task.k_at + within / key_tile * channels * key_tile + within % key_tile;
  alignas(64) uint16_t x[most_low_bit_head_dim];
  for (size_t d = 0; d < n; d++) x[d] = key[d * key_tile];
  for (int r = 0; r < task.queries; r++) scores[size_t(r) * stride] = dot_halves(task.q + size_t(r) * n, x, n);
}

// Scores of a block in full precision; -infinity past the end.
static inline void score_recent(const MixedTask& task, int block, float* scores) {
  const Visible keys{0, std::min(kv_block, task.length - block * kv_block)};
  AttendTask full{};
  full.head_dim = task.shape.head_dim;
  full.head_dim_padded = int(task.shape.channels());
  full.q = task.q;
  for (int r = 0; r < task.queries; r++)
    block_scores<1>(full, r, task.full[block] + task.k_at, keys, scores + size_t(r) * task.stride);
}

// Scores of the blocks [first, last), whose last positions may be past the end: they get -infinity.
static void score_mixed(const MixedTask& task, int first, int last) {
  for (int block = first; block < last; block++) {
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

struct Candidate {
  float importance;
  int position;
};
// The better of two: lower positions win among equals.
static inline bool is_better(const Candidate& a, const Candidate& b) {
  return a.importance > b.importance || (a.importance == b.importance && a.position < b.position);
}

// The `task.fetch` most important quantised positions (mean share over the queries), in ascending order.
static inline void choose(const MixedTask& task, const float* inverse_sums) {
  Candidate heap[most_fetched];  // the worst kept one first
  int count = 0;
  for (int j = 0; j < task.quantised; j += Vec::width) {
    Vec importance = Vec::zero();
    for (int r = 0; r < task.queries; r++) {
      importance = fma(Vec::load(task.scores + size_t(r) * task.stride + j), Vec::all(inverse_sums[r]), importance);
    }
    if (count == task.fetch && !importance.any_above(heap[0].importance)) continue;
    alignas(64) float lanes[Vec::width];
    importance.store(lanes);
    for (int i = 0; i < Vec::width; i++) {
      const Candidate candidate{lanes[i], j + i};
      if (count == task.fetch) {
        if (!is_better(candidate, heap[0])) continue;
        std::pop_heap(heap, heap + count--, is_better);
      }
      heap[count++] = candidate;
      std::push_heap(heap, heap + count, is_better);
    }
  }
  for (int i = 0; i < count; i++) task.chosen[i] = heap[i].position;
  std::sort(task.chosen, task.chosen + count);
}

// Puts the chosen positions' true scores in place of the low-bit ones; weights and their sum are relative to the larger
// of both maxima from there on.
static inline void replace_chosen(const MixedTask& task, size_t n, float* largest, float* sums) {
  float exact[most_fetched * most_queries];
  for (int i = 0; i < task.fetch; i++) score_full(task, task.chosen[i], exact + i, size_t(task.fetch));
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    const float* scores = exact + size_t(r) * size_t(task.fetch);
    const float most = std::max(largest[r], *std::max_element(scores, scores + task.fetch));
    if (most > largest[r]) {
      const Vec factor = Vec::all(std::exp(largest[r] - most));
      for (size_t i = 0; i < n; i += Vec::width) (Vec::load(weights + i) * factor).store(weights + i);
    }
    for (int i = 0; i < task.fetch; i++) weights[task.chosen[i]] = std::exp(scores[i] - most);
    sums[r] = sum_of(weights, n);
  }
}

// Adds R queries' shares of full-precision values: the chosen ones and the recent ones.
template <int R>
static inline void add_full_values(const MixedTask& task, int first) {
  const size_t channels = task.shape.channels();
  const float* weights = task.scores + size_t(first) * task.stride;
  float* out = task.out + size_t(first) * channels;
  for (size_t d = 0; d < channels; d += Vec::width) {
    Vec sums[R];
    for (int r = 0; r < R; r++) sums[r] = Vec::load(out + size_t(r) * channels + d);
    const auto add = [&](int position) {
      const uint16_t* block = task.full[position / kv_block] + task.v_at;
      const Vec value = Vec::load_half(block + size_t(position % kv_block) * channels + d);
      for (int r = 0; r < R; r++)
        sums[r] = fma(Vec::all(weights[size_t(r) * task.stride + size_t(position)]), value, sums[r]);
    };
    for (int i = 0; i < task.fetch; i++) add(task.chosen[i]);
    for (int position = task.quantised; position < task.length; position++) add(position);
    for (int r = 0; r < R; r++) sums[r].store(out + size_t(r) * channels + d);
  }
}

static inline void add_full_values(const MixedTask& task) {
  int first = 0;
  for (; first + 3 <= task.queries; first += 3) add_full_values<3>(task, first);
  for (; first < task.queries; first++) add_full_values<1>(task, first);
}

// After every block is scored: chooses, and mixes the values. The scores become weights.
static void attend_mixed(const MixedTask& task) {
  const size_t n = round_up(size_t(task.length), kv_block), channels = task.shape.channels();
  float largest[most_queries], sums[most_queries], inverse[most_queries];
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    largest[r] = exponentiate(weights, n);
    sums[r] = sum_of(weights, n);
    inverse[r] = 1 / sums[r];
  }
  if (task.fetch > 0) {
    choose(task, inverse);
    replace_chosen(task, n, largest, sums);
  }
  std::memset(task.out, 0, size_t(task.queries) * channels * sizeof(float));
  add_full_values(task);
  for (int r = 0; r < task.queries; r++) {
    float* weights = task.scores + size_t(r) * task.stride;
    for (int i = 0; i < task.fetch; i++) weights[task.chosen[i]] = 0;
    const float least = negligible_share * sums[r];
    for (int j = 0; j < task.quantised; j += Vec::width)
      zero_below(Vec::load(weights + j), Vec::load(weights + j), least).store(weights + j);
  }
  for (int block = 0; block * kv_block < task.quantised; block++) {
    mix_low_bit(task.shape, task.low_bit[block] + task.low_bit_at, task.scores + size_t(block) * kv_block, task.stride,
                task.queries, task.out);
  }
  for (int r = 0; r < task.queries; r++) {
    const float factor = 1 / sums[r];
    for (size_t d = 0; d < channels; d++) task.out[size_t(r) * channels + d] *= factor;
  }
}

}  // namespace pathact::PATHACT_LEVEL
