// SpeCache's part of the forward pass (arXiv 2503.16163): rows that attend to the low-bit copy of their sequence.
#include <algorithm>
#include <cstring>

#include "forward.h"
#include "running-attention.h"

namespace pathact {

// Makes the low-bit copy of the blocks that rows will read from it and that have none yet.
KvError Forward::quantise_blocks(std::span<const Row> rows) {
  std::vector<KvBlock*> blocks;
  for (const Row& row : rows) {
    if (!is_mixed(row)) continue;
    for (int i = 0; i < LowBitSettings::quantised(row.position) / kv_block; i++) {
      KvBlock* block = row.sequence->blocks[size_t(i)].get();
      if (!block->low_bit.data() && std::find(blocks.begin(), blocks.end(), block) == blocks.end())
        blocks.push_back(block);
    }
  }
  return quantise(blocks);
}

KvError Forward::quantise(const std::vector<KvBlock*>& blocks) {
  const KvShape shape{hp_.layers, hp_.kv_heads, hp_.head_dim};
  for (KvBlock* block : blocks) {
    if (!block->low_bit.allocate(low_bit_.block_bytes(shape), kv_bytes_)) return {"out of memory for keys and values"};
  }
  const int parts = hp_.layers * hp_.kv_heads;
  pool_.run(int(blocks.size()) * parts, [&](int task, int) {
    const KvBlock& block = *blocks[size_t(task / parts)];
    const int layer = task % parts / hp_.kv_heads, head = task % hp_.kv_heads;
    kernels_.quantise_block(low_bit_.shape(shape), block.data.data() + shape.keys_at(layer, head),
                            block.data.data() + shape.values_at(layer, head),
                            block.low_bit.data() + low_bit_.at(shape, layer, head));
  });
  return {};
}

// Where every quantised position would be fetched, ordinary attention is the same and simpler.
bool Forward::is_mixed(const Row& row) const {
  return row.low_bit && LowBitSettings::quantised(row.position) > low_bit_.fetch;
}

void Forward::collect_mixed() {
  mixed_.clear();
  for (size_t t = 0; t < rows_.size(); t++) {
    if (!is_mixed(rows_[t])) continue;
    MixedRow mixed{rows_[t].sequence, int(t), LowBitSettings::quantised(rows_[t].position), {}, {}};
    for (const auto& block : mixed.sequence->blocks) {
      mixed.low_bit.push_back(block->low_bit.data());
      mixed.full.push_back(block->data.data());
    }
    mixed_.push_back(std::move(mixed));
  }
}

// Room for the scores of all mixed rows.
std::string Forward::prepare_mixed() {
  size_t longest = 0;
  for (const MixedRow& mixed : mixed_) longest = std::max(longest, mixed.full.size() * kv_block);
  scores_stride_ = longest;
  const size_t room = mixed_.size() * size_t(hp_.heads + hp_.kv_heads) * longest;
  const size_t pairs = 2 * size_t(low_bit_.fetch) * round_up(size_t(hp_.head_dim), 16);
  for (Scratch& scratch : scratch_) {
    if (mixed_.empty() || scratch.chosen.size() == size_t(low_bit_.fetch)) continue;
    if (!scratch.pairs.allocate(pairs)) return "out of memory for fetched keys and values";
    scratch.chosen.resize(size_t(low_bit_.fetch));
  }
  for (const MixedRow& mixed : mixed_) {
    if (!low_bit_.in_file() || !mixed.sequence->fetched.empty()) continue;
    mixed.sequence->fetched.resize(size_t(hp_.layers * hp_.kv_heads));
    for (FetchedRows& rows : mixed.sequence->fetched) {
      if (!rows.pairs.allocate(pairs, kv_bytes_)) return "out of memory for fetched keys and values";
    }
  }
  if (room <= scores_room_) return {};
  scores_room_ = 0;
  if (!scores_.allocate(room)) return "out of memory for attention scores";
  scores_room_ = room;
  return {};
}

MixedTask Forward::mixed_task(int layer, size_t index, int kv_head, Scratch& scratch) {
  const MixedRow& mixed = mixed_[index];
  const KvShape& shape = mixed.sequence->shape;
  const size_t hd = size_t(hp_.head_dim), group = size_t(hp_.heads / hp_.kv_heads);
  float* q = scratch.attention.data();
  const float* from = q_.data() + (size_t(mixed.row) * size_t(hp_.heads) + size_t(kv_head) * group) * hd;
  for (size_t i = 0; i < group * hd; i++) q[i] = from[i] * hp_.attention_scale;
  MixedTask task{};
  task.shape = low_bit_.shape(shape);
  task.low_bit = mixed.low_bit.data();
  task.full = mixed.full.data();
  task.low_bit_at = low_bit_.at(shape, layer, kv_head);
  task.k_at = shape.keys_at(layer, kv_head);
  task.v_at = shape.values_at(layer, kv_head);
  task.length = rows_[size_t(mixed.row)].position + 1;
  task.quantised = mixed.quantised;
  task.queries = int(group);
  task.q = q;
  task.scores = scores_.data() + (index * size_t(hp_.kv_heads) + size_t(kv_head)) * (group + 1) * scores_stride_;
  task.stride = scores_stride_;
  task.importance = task.scores + group * scores_stride_;
  task.out = q + group * hd;
  task.largest = task.out + group * shape.head_dim_padded();
  task.sums = task.largest + group;
  return task;
}

// The chosen positions' pairs from where they are kept in full.
FetchedPairs Forward::fetch(int layer, int kv_head, Sequence& sequence, Scratch& scratch) {
  if (low_bit_.in_file()) return fetch_from_files(layer, kv_head, sequence, scratch);
  const size_t channels = sequence.shape.head_dim_padded(), count = scratch.chosen.size();
  uint16_t* keys = scratch.pairs.data();
  uint16_t* values = keys + count * channels;
  for (size_t i = 0; i < count; i++)
    sequence.load(layer, kv_head, scratch.chosen[i], keys + i * channels, values + i * channels);
  return {int(count), scratch.chosen.data(), keys, values};
}

void Forward::attend_mixed(int layer) {
  const int heads = hp_.kv_heads, segments = int((scores_stride_ / kv_block + segment_blocks - 1) / segment_blocks);
  pool_.run(int(mixed_.size()) * heads * segments, [&](int task, int worker) {
    const size_t index = size_t(task / (heads * segments));
    const int first = task % segments * segment_blocks, blocks = int(mixed_[index].full.size());
    if (first >= blocks) return;
    kernels_.score_mixed(mixed_task(layer, index, task / segments % heads, scratch_[size_t(worker)]), first,
                         std::min(first + segment_blocks, blocks));
  });
  // A guess is worked on behind its own token: both share what is fetched.
  const auto follows = [&](size_t index) {
    return index > 0 && index < mixed_.size() && mixed_[index - 1].sequence == mixed_[index].sequence;
  };
  pool_.run(int(mixed_.size()) * heads, [&](int task, int worker) {
    const size_t index = size_t(task / heads);
    if (follows(index)) return;
    finish_mixed(layer, index, task % heads, scratch_[size_t(worker)]);
    if (follows(index + 1)) finish_mixed(layer, index + 1, task % heads, scratch_[size_t(worker)]);
  });
}

// What is left when all scores of a row and head are there.
void Forward::finish_mixed(int layer, size_t index, int kv_head, Scratch& scratch) {
  const MixedTask task = mixed_task(layer, index, kv_head, scratch);
  const Row& row = rows_[size_t(mixed_[index].row)];
  kernels_.weigh_mixed(task);
  const FetchedPairs pairs = fetch_for(row, task, layer, kv_head, scratch);
  kernels_.replace_mixed(task, pairs);
  if (row.chooses_for >= 0) {
    int32_t* next = chosen_of(row.sequence->predictions.next, layer, kv_head);
    kernels_.choose_mixed(task, LowBitSettings::quantised(row.chooses_for), low_bit_.fetch, next);
  }
  kernels_.mix_mixed(task, pairs);
  const size_t group = size_t(task.queries), hd = size_t(hp_.head_dim);
  float* out = attended_.data() + (size_t(mixed_[index].row) * size_t(hp_.heads) + size_t(kv_head) * group) * hd;
  for (size_t i = 0; i < group; i++)
    std::memcpy(out + i * hd, task.out + i * task.shape.channels(), hd * sizeof(float));
}

FetchedPairs Forward::fetch_for(const Row& row, const MixedTask& task, int layer, int kv_head, Scratch& scratch) {
  if (!row.fetches || low_bit_.fetch == 0) return {};
  if (!row.predicted)
    kernels_.choose_mixed(task, task.quantised, low_bit_.fetch, scratch.chosen.data());
  else
    std::copy_n(chosen_of(*row.predicted, layer, kv_head), low_bit_.fetch, scratch.chosen.data());
  return fetch(layer, kv_head, *row.sequence, scratch);
}

}  // namespace pathact
