// Sequences whose full-precision blocks lie in files (SpeCache's slow tier, arXiv 2503.16163 section 3): what leaves
// memory, and how it is read again.
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "forward.h"
#include "running-attention.h"

namespace pathact {

namespace {

std::string unused_path(const std::string& folder) {
  static std::atomic<uint64_t> last{0};
  return folder + "/tmp-" + std::to_string(getpid()) + "-" + std::to_string(++last);
}

}  // namespace

// The first fault of a pass is what it fails with.
void Forward::report(const KvError& error, KvBlock& block) {
  if (error.lost) block.is_damaged = true;
  std::lock_guard lock(fault_mutex_);
  if (!fault_) fault_ = error;
}

// Brings the recent positions of rows that attend to the low-bit copy into memory: a sequence that was cut, or began
// with another's blocks, may have them in files.
KvError Forward::restore_recent(std::span<const Row> rows) {
  for (const Row& row : rows) {
    if (!low_bit_.in_file() || !is_mixed(row)) continue;
    const KvBlocks& blocks = row.sequence->blocks;
    for (size_t i = size_t(LowBitSettings::quantised(row.position) / kv_block); i < blocks.size(); i++) {
      if (KvError error = restore(*blocks[i], row.sequence->shape, kv_memory_)) return error;
    }
  }
  return {};
}

// After a chunk: the blocks that the next decoded token will read from their low-bit copy leave memory.
KvError Forward::settle(std::span<const Row> rows) {
  if (!low_bit_.in_file()) return {};
  std::vector<KvBlock*> leaving, without_copy, without_file;
  const auto add_once = [](std::vector<KvBlock*>& list, KvBlock* block) {
    if (std::find(list.begin(), list.end(), block) == list.end()) list.push_back(block);
  };
  for (size_t t = 0; t < rows.size(); t++) {
    const Row& row = rows[t];
    const bool is_last = t + 1 == rows.size() || rows[t + 1].sequence != row.sequence || !rows[t + 1].is_kept;
    if (!is_last || !row.is_kept || row.sequence->dropped) continue;
    for (int i = 0; i < LowBitSettings::quantised(row.position + 1) / kv_block; i++) {
      KvBlock* block = row.sequence->blocks[size_t(i)].get();
      if (!block->data.data()) continue;
      add_once(leaving, block);
      if (!block->low_bit.data()) add_once(without_copy, block);
      if (!block->file) add_once(without_file, block);
    }
  }
  if (KvError error = quantise(without_copy)) return error;
  if (KvError error = write_files(without_file, low_bit_.folder)) return error;
  for (KvBlock* block : leaving) block->data.reset();
  return {};
}

KvError Forward::write_files(std::span<KvBlock* const> blocks, const std::string& folder) {
  const KvShape shape{hp_.layers, hp_.kv_heads, hp_.head_dim};
  pool_.run(int(blocks.size()), [&](int task, int) {
    KvBlock& block = *blocks[size_t(task)];
    const KvError error =
        BlockFile::write(unused_path(folder), shape, low_bit_, block.data.data(), block.low_bit.data(), block.file);
    if (error) report(error, block);
  });
  return fault_;
}

KvError Forward::keep(std::span<const NamedBlock> blocks) {
  fault_ = {};
  for (const NamedBlock& named : blocks) {
    KvBlock* block = named.block.get();
    if (block->file && block->file->is_kept()) {  // it may have been read back into memory since
      if (low_bit_.in_file() && block->low_bit.data()) block->data.reset();
      continue;
    }
    if (low_bit_.bits && !block->low_bit.data()) {
      if (KvError error = quantise({block})) return error;
    }
    if (!block->file) {
      const std::string folder = named.path.substr(0, named.path.rfind('/'));
      if (KvError error = write_files({&block, 1}, folder)) return error;
    }
    const KvError error = block->file->keep(named.path, named.key);
    if (low_bit_.in_file() && !error)
      block->data.reset();
    else if (!low_bit_.in_file())
      block->file.reset();
    if (error) return error;
  }
  return {};
}

// Ordinary attention of rows whose sequence lies in files: the tiles of one sequence share what is read.
void Forward::attend_streamed(const Layer& layer, int index, std::span<const Row> rows) {
  struct Run {
    int first, tiles;
  };
  std::vector<Run> runs;
  for (int i = 0; i < int(tiles_.size()); i++) {
    const QueryTile& tile = tiles_[size_t(i)];
    if (!tile.streamed || (tile.mixed && !layer.window)) continue;
    const bool joins =
        !runs.empty() && runs.back().first + runs.back().tiles == i && tiles_[size_t(i) - 1].sequence == tile.sequence;
    if (joins)
      runs.back().tiles++;
    else
      runs.push_back({i, 1});
  }
  const int parts = pool_.size();
  pool_.run(int(runs.size()) * hp_.kv_heads * parts, [&](int task, int worker) {
    const Run run = runs[size_t(task / parts / hp_.kv_heads)];
    const int kv_head = task / parts % hp_.kv_heads, part = task % parts;
    const int first = run.first + run.tiles * part / parts, end = run.first + run.tiles * (part + 1) / parts;
    if (first == end) return;
    attend_streamed(layer, index, std::span(tiles_).subspan(size_t(first), size_t(end - first)), kv_head, rows,
                    scratch_[size_t(worker)]);
  });
}

// Neighbouring tiles of one sequence. A thread holds one segment's keys and values at a time, and the sums of all
// tiles.
void Forward::attend_streamed(const Layer& layer, int index, std::span<const QueryTile> tiles, int kv_head,
                              std::span<const Row> rows, Scratch& scratch) {
  const Sequence& sequence = *tiles.front().sequence;
  const size_t query_floats = sequence.shape.head_dim_padded() + 2, group = size_t(hp_.heads / hp_.kv_heads);
  const auto queries_before = [&](int row) { return size_t(row - tiles.front().first) * group; };
  const auto each = [&](auto&& job) {
    for (const QueryTile& tile : tiles) {
      const AttendTask task = attend_task(layer, tile, kv_head, rows, scratch);
      job(tile, task, attend_sums_at(task, scratch.sums.data() + queries_before(tile.first) * query_floats));
    }
  };
  const QueryTile& last = tiles.back();
  const size_t floats = queries_before(last.first + last.rows) * query_floats;
  scratch.sums.resize(std::max(scratch.sums.size(), floats));
  each([](const QueryTile&, const AttendTask& task, AttendSums total) { clear(task, total); });
  const int seen_from = layer.window ? rows[size_t(tiles.front().first)].position + 1 - layer.window : 0;
  const int blocks = rows[size_t(last.first + last.rows) - 1].position / kv_block + 1;
  for (int block = std::max(0, seen_from) / kv_block, end; block < blocks; block = end) {
    end = std::min(blocks, (block / segment_blocks + 1) * segment_blocks);
    stream_blocks(index, kv_head, sequence, block, end, scratch);
    each([&](const QueryTile&, const AttendTask& task, AttendSums total) {
      const AttendSums part = attend_sums_at(task, scratch.attention.data() + task.queries * task.head_dim);
      clear(task, part);
      kernels_.attend(task, std::max(block, first_block(task)), std::min(end, last_block(task)), part);
      merge(task, total, part);
    });
  }
  each([&](const QueryTile& tile, const AttendTask& task, AttendSums total) {
    finish(task, total);
    put_attended(tile, kv_head, total.out);
  });
}

// Lists the blocks [first, end) of one layer and head, those in files as copies.
void Forward::stream_blocks(int layer, int kv_head, const Sequence& sequence, int first, int end, Scratch& scratch) {
  const KvShape& shape = sequence.shape;
  const size_t half = shape.head_values();
  scratch.keys.assign(size_t(end), nullptr);
  scratch.values.assign(size_t(end), nullptr);
  scratch.streamed.resize(std::max(scratch.streamed.size(), size_t(end - first) * 2 * half));
  for (int i = first; i < end; i++) {
    KvBlock& block = *sequence.blocks[size_t(i)];
    uint16_t* keys = scratch.streamed.data() + size_t(i - first) * 2 * half;
    uint16_t* values = keys + half;
    if (block.data.data()) {
      keys = block.data.data() + shape.keys_at(layer, kv_head);
      values = block.data.data() + shape.values_at(layer, kv_head);
    } else if (const KvError error = block.file->read_head(layer, kv_head, keys, values)) {
      report(error, block);
    }
    scratch.keys[size_t(i)] = keys;
    scratch.values[size_t(i)] = values;
  }
}

}  // namespace pathact
