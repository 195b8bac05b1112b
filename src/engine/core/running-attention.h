// Attention of one task, its keys taken in runs of blocks. Every segment of 16 blocks has a running softmax of its own
// and is then merged into the total, segment after segment: threads may take one segment each (flash-decoding, Dao et
// al. 2023), and the result has the same bits as when one thread takes them all.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/kernels.h"

namespace pathact {

inline size_t attend_sums_floats(const AttendTask& task) {
  return size_t(task.queries) * (size_t(task.head_dim_padded) + 2);
}

// `place` holds attend_sums_floats().
inline AttendSums attend_sums_at(const AttendTask& task, float* place) {
  float* largest = place + size_t(task.queries) * size_t(task.head_dim_padded);
  return {place, largest, largest + task.queries};
}

inline void clear(const AttendTask& task, AttendSums sums) {
  std::fill_n(sums.out, size_t(task.queries) * size_t(task.head_dim_padded), 0.0f);
  std::fill_n(sums.largest, task.queries, -INFINITY);
  std::fill_n(sums.sum, task.queries, 0.0f);
}

// Adds the next segment to what came before it.
inline void merge(const AttendTask& task, AttendSums total, AttendSums part) {
  const size_t padded = size_t(task.head_dim_padded);
  for (int i = 0; i < task.queries; i++) {
    if (part.sum[i] == 0) continue;
    const float largest = std::max(total.largest[i], part.largest[i]);
    const float before = std::exp(total.largest[i] - largest), now = std::exp(part.largest[i] - largest);
    float* out = total.out + size_t(i) * padded;
    const float* added = part.out + size_t(i) * padded;
    for (size_t d = 0; d < padded; d++) out[d] = out[d] * before + added[d] * now;
    total.sum[i] = total.sum[i] * before + part.sum[i] * now;
    total.largest[i] = largest;
  }
}

// Leaves the attention in `out`.
inline void finish(const AttendTask& task, AttendSums total) {
  const size_t padded = size_t(task.head_dim_padded);
  for (int i = 0; i < task.queries; i++) {
    const float inverse = 1.0f / total.sum[i];
    for (size_t d = 0; d < padded; d++) total.out[size_t(i) * padded + d] *= inverse;
  }
}

// What a mixed task works in, for so many blocks.
inline size_t mixed_floats(int queries, size_t channels, size_t blocks) {
  const size_t group = size_t(queries), segments = (blocks + segment_blocks - 1) / segment_blocks;
  return round_up((group + 1) * blocks * kv_block + segments * group * (channels + 3), 16);
}

// `place` holds mixed_floats() for `blocks`, those of the task or more.
inline void lay_out(MixedTask& task, float* place, size_t blocks) {
  const size_t group = size_t(task.queries), parts = size_t(task.segments()) * group;
  task.scores = place;
  task.stride = blocks * kv_block;
  task.importance = task.scores + group * task.stride;
  task.out = task.importance + task.stride;
  task.largest = task.out + parts * task.shape.channels();
  task.sums = task.largest + parts;
  task.shares = task.sums + parts;
}

// All segments of a mixed task, as (queries, channels) in `place`, which holds attend_sums_floats() of its queries.
inline const float* merge_segments(const MixedTask& task, float* place) {
  AttendTask merged{};
  merged.head_dim_padded = int(task.shape.channels());
  merged.queries = task.queries;
  const AttendSums total = attend_sums_at(merged, place);
  clear(merged, total);
  for (int segment = 0; segment < task.segments(); segment++) {
    const size_t part = size_t(segment * task.queries);
    merge(merged, total, {task.out + part * task.shape.channels(), task.largest + part, task.sums + part});
  }
  finish(merged, total);
  return total.out;
}

// The blocks that its queries see: [first, last).
inline int first_block(const AttendTask& task) { return task.start[0] / kv_block; }
inline int last_block(const AttendTask& task) { return (task.length[task.queries - 1] + kv_block - 1) / kv_block; }

struct RunningAttention {
  const Kernels& kernels;
  AttendTask task;  // its blocks are read by `add` only
  AttendSums total, part;

  // `place` holds twice attend_sums_floats().
  RunningAttention(const Kernels& of, const AttendTask& with, float* place)
      : kernels(of),
        task(with),
        total(attend_sums_at(with, place)),
        part(attend_sums_at(with, place + attend_sums_floats(with))) {
    clear(task, total);
    clear(task, part);
  }

  // Runs of blocks [first, last) follow one another without a gap, but may end anywhere.
  void add(int first, int last) {
    while (first < last) {
      const int end = std::min(last, (first / segment_blocks + 1) * segment_blocks);
      kernels.attend(task, first, end, part);
      if (end % segment_blocks == 0) end_segment();
      first = end;
    }
  }

  // (queries, head_dim_padded)
  const float* finish() {
    end_segment();
    pathact::finish(task, total);
    return total.out;
  }

 private:
  void end_segment() {
    merge(task, total, part);
    clear(task, part);
  }
};

}  // namespace pathact
