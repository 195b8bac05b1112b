// Attention in full precision: tiles of rows to blocks that lie in memory.
#include <algorithm>
#include <cstring>

#include "forward.h"
#include "running-attention.h"

namespace pathact {

namespace {

// Up to so many rows, the segments of what each one sees are shared between the threads.
constexpr size_t split_rows = 8;

}  // namespace

// Room for the sums of all segments, where they are tasks of their own.
std::string Forward::prepare_segments() {
  segments_ = 1;
  if (rows_.size() > split_rows) return {};
  int most_rows = 0;
  for (const QueryTile& tile : tiles_) {
    const int length = rows_[size_t(tile.first + tile.rows - 1)].position + 1;
    segments_ = std::max(segments_, (length - 1) / (segment_blocks * kv_block) + 1);
    most_rows = std::max(most_rows, tile.rows);
  }
  if (segments_ == 1) return {};
  AttendTask largest{};
  largest.head_dim_padded = int(round_up(size_t(hp_.head_dim), 16));
  largest.queries = most_rows * hp_.heads / hp_.kv_heads;
  segment_floats_ = attend_sums_floats(largest);
  const size_t room = tiles_.size() * size_t(hp_.kv_heads) * size_t(segments_) * segment_floats_;
  if (room <= segment_room_) return {};
  segment_room_ = 0;
  if (!segment_sums_.allocate(room)) return "out of memory for the sums of attention";
  segment_room_ = room;
  return {};
}

void Forward::list_blocks(int layer, int kv_head, const Sequence& sequence, Scratch& scratch) {
  scratch.keys.clear();
  scratch.values.clear();
  for (const auto& block : sequence.blocks) {
    scratch.keys.push_back(block->data.data() + sequence.shape.keys_at(layer, kv_head));
    scratch.values.push_back(block->data.data() + sequence.shape.values_at(layer, kv_head));
  }
}

// The query heads of one KV head, for all rows of a tile: they share each key and value of the scratch's list.
AttendTask Forward::attend_task(const Layer& layer, const QueryTile& tile, int kv_head, std::span<const Row> rows,
                                Scratch& scratch) {
  const int group = hp_.heads / hp_.kv_heads, queries = tile.rows * group;
  const size_t hd = size_t(hp_.head_dim), q_width = size_t(hp_.heads) * hd;
  float* q = scratch.attention.data();
  scratch.starts.resize(size_t(queries));
  scratch.lengths.resize(size_t(queries));
  for (int i = 0; i < queries; i++) {
    const int t = tile.first + i / group, head = kv_head * group + i % group;
    const float* from = q_.data() + size_t(t) * q_width + size_t(head) * hd;
    for (size_t j = 0; j < hd; j++) q[size_t(i) * hd + j] = from[j] * hp_.attention_scale;
    const int length = rows[size_t(t)].position + 1;
    scratch.starts[size_t(i)] = layer.window ? std::max(0, length - layer.window) : 0;
    scratch.lengths[size_t(i)] = length;
  }
  return {scratch.keys.data(),
          scratch.values.data(),
          hp_.head_dim,
          int(tile.sequence->shape.head_dim_padded()),
          queries,
          q,
          scratch.starts.data(),
          scratch.lengths.data()};
}

void Forward::put_attended(const QueryTile& tile, int kv_head, const float* out) {
  const int group = hp_.heads / hp_.kv_heads;
  const size_t hd = size_t(hp_.head_dim), hdp = tile.sequence->shape.head_dim_padded();
  for (int i = 0; i < tile.rows * group; i++) {
    const int t = tile.first + i / group, head = kv_head * group + i % group;
    std::memcpy(attended_.data() + (size_t(t) * size_t(hp_.heads) + size_t(head)) * hd, out + size_t(i) * hdp,
                hd * sizeof(float));
  }
}

void Forward::attend(const Layer& layer, const QueryTile& tile, int kv_head, std::span<const Row> rows,
                     Scratch& scratch) {
  const AttendTask task = attend_task(layer, tile, kv_head, rows, scratch);
  RunningAttention attention(kernels_, task, scratch.attention.data() + task.queries * task.head_dim);
  attention.add(first_block(task), last_block(task));
  put_attended(tile, kv_head, attention.finish());
}

bool Forward::attends_in_memory(const Layer& layer, const QueryTile& tile) const {
  return !tile.streamed && (!tile.mixed || layer.window);
}

void Forward::attend_in_memory(const Layer& layer, int index, std::span<const Row> rows) {
  if (segments_ > 1) return attend_segments(layer, index, rows);
  pool_.run(int(tiles_.size()) * hp_.kv_heads, [&](int task, int worker) {
    // Later tiles see more keys: taking them first evens out the threads' work.
    const QueryTile& tile = tiles_[tiles_.size() - 1 - size_t(task / hp_.kv_heads)];
    if (!attends_in_memory(layer, tile)) return;
    list_blocks(index, task % hp_.kv_heads, *tile.sequence, scratch_[size_t(worker)]);
    attend(layer, tile, task % hp_.kv_heads, rows, scratch_[size_t(worker)]);
  });
}

void Forward::attend_segments(const Layer& layer, int index, std::span<const Row> rows) {
  const auto sums_of = [&](int pair, int segment) {  // of a tile and KV head
    return segment_sums_.data() + (size_t(pair) * size_t(segments_) + size_t(segment)) * segment_floats_;
  };
  const int pairs = int(tiles_.size()) * hp_.kv_heads;
  pool_.run(pairs * segments_, [&](int part, int worker) {
    const int pair = part / segments_, segment = part % segments_, kv_head = pair % hp_.kv_heads;
    const QueryTile& tile = tiles_[size_t(pair / hp_.kv_heads)];
    if (!attends_in_memory(layer, tile)) return;
    Scratch& scratch = scratch_[size_t(worker)];
    list_blocks(index, kv_head, *tile.sequence, scratch);
    const AttendTask task = attend_task(layer, tile, kv_head, rows, scratch);
    const AttendSums sums = attend_sums_at(task, sums_of(pair, segment));
    clear(task, sums);
    kernels_.attend(task, std::max(first_block(task), segment * segment_blocks),
                    std::min(last_block(task), (segment + 1) * segment_blocks), sums);
  });
  Scratch& scratch = scratch_[0];
  for (int pair = 0; pair < pairs; pair++) {
    const QueryTile& tile = tiles_[size_t(pair / hp_.kv_heads)];
    if (!attends_in_memory(layer, tile)) continue;
    const AttendTask task = attend_task(layer, tile, pair % hp_.kv_heads, rows, scratch);
    const AttendSums total = attend_sums_at(task, scratch.attention.data() + task.queries * task.head_dim);
    clear(task, total);
    for (int segment = 0; segment < segments_; segment++)
      merge(task, total, attend_sums_at(task, sums_of(pair, segment)));
    finish(task, total);
    put_attended(tile, pair % hp_.kv_heads, total.out);
  }
}

}  // namespace pathact
