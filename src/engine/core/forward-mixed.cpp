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
    if (!block->low_bit.allocate(low_bit_.block_bytes(shape), kv_memory_)) return {"out of memory for keys and values"};
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

std::string Forward::prepare_mixed() {
  if (mixed_.empty()) return {};
  size_t blocks = 0;
  for (const MixedRow& mixed : mixed_) blocks = std::max(blocks, mixed.full.size());
  mixed_blocks_ = blocks;
  const size_t channels = round_up(size_t(hp_.head_dim), 16), tasks = mixed_.size() * size_t(hp_.kv_heads);
  mixed_floats_each_ = mixed_floats(hp_.heads / hp_.kv_heads, channels, blocks);
  if (tasks * mixed_floats_each_ > mixed_floats_room_) {
    mixed_floats_room_ = 0;
    if (!mixed_floats_.allocate(tasks * mixed_floats_each_)) return "out of memory for attention scores";
    mixed_floats_room_ = tasks * mixed_floats_each_;
  }
  const size_t fetch = size_t(low_bit_.fetch), pairs = 2 * fetch * channels;
  if (tasks > pairs_room_) {
    pairs_room_ = 0;
    if (!chosen_.allocate(tasks * fetch) || !pairs_.allocate(tasks * pairs))
      return "out of memory for fetched keys and values";
    pairs_room_ = tasks;
  }
  for (const MixedRow& mixed : mixed_) {
    if (!mixed.sequence->fetched.empty()) continue;
    std::vector<FetchedRows> fetched(size_t(hp_.layers * hp_.kv_heads));
    for (FetchedRows& rows : fetched) {
      if (!rows.pairs.allocate(pairs, kv_memory_)) return "out of memory for fetched keys and values";
    }
    mixed.sequence->fetched = std::move(fetched);
  }
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
  const size_t place = index * size_t(hp_.kv_heads) + size_t(kv_head);
  lay_out(task, mixed_floats_.data() + place * mixed_floats_each_, mixed_blocks_);
  return task;
}

Forward::Fetch Forward::fetch_of(size_t index, int kv_head) const {
  const size_t most = size_t(low_bit_.fetch), values = most * round_up(size_t(hp_.head_dim), 16);
  const size_t place = index * size_t(hp_.kv_heads) + size_t(kv_head);
  const int count = rows_[size_t(mixed_[index].row)].fetches ? low_bit_.fetch : 0;
  uint16_t* keys = pairs_.data() + place * 2 * values;
  return {count, chosen_.data() + place * most, keys, keys + values};
}

void Forward::attend_mixed(int layer) {
  if (mixed_.empty()) return;
  const int heads = hp_.kv_heads, rows = int(mixed_.size());
  const int segments = (int(mixed_blocks_) + segment_blocks - 1) / segment_blocks;
  const auto for_segments = [&](auto&& job) {
    pool_.run(rows * heads * segments, [&](int part, int worker) {
      const size_t index = size_t(part / (heads * segments));
      const int head = part / segments % heads, segment = part % segments;
      const MixedTask task = mixed_task(layer, index, head, scratch_[size_t(worker)]);
      if (segment < task.segments()) job(task, index, head, segment);
    });
  };
  // A guess is worked on behind its own token: both share what is fetched.
  const auto follows = [&](size_t index) {
    return index > 0 && index < mixed_.size() && mixed_[index - 1].sequence == mixed_[index].sequence;
  };
  for_segments([&](const MixedTask& task, size_t, int, int segment) { kernels_.score_mixed(task, segment); });
  pool_.run(rows * heads, [&](int part, int worker) {
    const size_t index = size_t(part / heads);
    if (follows(index)) return;
    fetch_mixed(layer, index, part % heads, scratch_[size_t(worker)]);
    if (follows(index + 1)) fetch_mixed(layer, index + 1, part % heads, scratch_[size_t(worker)]);
  });
  for_segments([&](const MixedTask& task, size_t index, int head, int segment) {
    kernels_.mix_mixed(task, fetch_of(index, head).pairs(), segment);
  });
  for (int part = 0; part < rows * heads; part++) merge_mixed(layer, size_t(part / heads), part % heads, scratch_[0]);
}

// Of one row and head, when all scores are there.
void Forward::fetch_mixed(int layer, size_t index, int kv_head, Scratch& scratch) {
  const MixedTask task = mixed_task(layer, index, kv_head, scratch);
  const Row& row = rows_[size_t(mixed_[index].row)];
  const Fetch fetch = fetch_of(index, kv_head);
  kernels_.weigh_mixed(task);
  if (fetch.count > 0) {
    if (row.predicted)
      std::copy_n(chosen_of(*row.predicted, layer, kv_head), fetch.count, fetch.chosen);
    else
      kernels_.choose_mixed(task, task.quantised, fetch.count, fetch.chosen);
    read_pairs(layer, kv_head, *row.sequence, fetch);
    kernels_.replace_mixed(task, fetch.pairs());
  }
  if (row.chooses_for >= 0) {
    int32_t* next = chosen_of(row.sequence->predictions.next, layer, kv_head);
    kernels_.choose_mixed(task, LowBitSettings::quantised(row.chooses_for), low_bit_.fetch, next);
  }
}

void Forward::merge_mixed(int layer, size_t index, int kv_head, Scratch& scratch) {
  const MixedTask task = mixed_task(layer, index, kv_head, scratch);
  const float* merged = merge_segments(task, scratch.attention.data());
  const size_t hd = size_t(hp_.head_dim), head = size_t(kv_head * task.queries);
  float* out = attended_.data() + (size_t(mixed_[index].row) * size_t(hp_.heads) + head) * hd;
  for (size_t i = 0; i < size_t(task.queries); i++)
    std::memcpy(out + i * hd, merged + i * task.shape.channels(), hd * sizeof(float));
}

// Reads the chosen positions' pairs from where they are kept in full. Rows that the last token fetched too are taken
// over: to collect a key from a block reads as many cache lines as it has channels. Neighbours in a file are read
// together.
void Forward::read_pairs(int layer, int kv_head, Sequence& sequence, const Fetch& fetch) {
  const size_t channels = sequence.shape.head_dim_padded(), count = size_t(fetch.count);
  FetchedRows& last = sequence.fetched[size_t(layer * hp_.kv_heads + kv_head)];
  const int32_t* chosen = fetch.chosen;
  uint16_t *keys = fetch.keys, *values = fetch.values;
  for (size_t i = 0, had = 0; i < count;) {
    while (had < last.positions.size() && last.positions[had] < chosen[i]) had++;
    if (had < last.positions.size() && last.positions[had] == chosen[i]) {
      const uint16_t* from = last.pairs.data() + had * channels;
      std::memcpy(keys + i * channels, from, channels * 2);
      std::memcpy(values + i * channels, from + count * channels, channels * 2);
      i++;
      continue;
    }
    KvBlock& block = *sequence.blocks[size_t(chosen[i] / kv_block)];
    if (block.data.data()) {
      sequence.load(layer, kv_head, chosen[i], keys + i * channels, values + i * channels);
      i++;
      continue;
    }
    size_t end = i + 1;
    while (end < count && chosen[end] == chosen[end - 1] + 1 && chosen[end] % kv_block != 0) end++;
    if (const KvError error = block.file->read_pairs(layer, kv_head, chosen[i] % kv_block, int(end - i),
                                                     keys + i * channels, values + i * channels))
      report(error, block);
    i = end;
  }
  std::memcpy(last.pairs.data(), keys, 2 * count * channels * sizeof(uint16_t));
  last.positions.assign(chosen, chosen + count);
}

}  // namespace pathact
