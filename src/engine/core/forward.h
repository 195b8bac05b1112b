// The forward pass of a decoder-only transformer over a batch of sequences.
#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "aligned.h"
#include "kv-cache.h"
#include "model.h"
#include "thread-pool.h"

namespace pathact {

// One token of the batch.
struct Row {
  Sequence* sequence;
  int position;
  int32_t token;
  float* logits;       // (vocabulary), or nullptr where none are wanted
  bool hidden;         // what is wanted there is the final normalised state (embedding), not its logits
  bool low_bit;        // attends to the low-bit copy; the only row of its sequence
  int32_t guess = -1;  // of the next token, in place of the predictor's; for tests

  // What the predictor makes of it.
  bool is_kept = true;
  bool fetches = true;              // positions in full precision:
  Prediction* predicted = nullptr;  // these, or its own choice
  int chooses_for = -1;  // the position whose token will fetch what this row chooses; -1: it chooses for none
};

// A whole block and where it is to be found again.
struct NamedBlock {
  std::shared_ptr<KvBlock> block;
  std::string path;
  BlockKey key;
};

class Forward {
 public:
  Forward(const Model& model, const Kernels& kernels, int threads, LowBitSettings low_bit,
          std::shared_ptr<KvMemory> kv_memory);

  // Computes all rows' keys and values (stored in their sequences, which must have room) and the logits that are
  // wanted. Rows of one sequence are in the order of their positions. A sequence that is `dropped` meanwhile is left
  // out between two layers; nothing of what it got may then be used.
  KvError run(std::span<const Row> rows);

  // Gives files of these blocks lasting names; with a slow tier in files they then leave memory.
  KvError keep(std::span<const NamedBlock> blocks);

 private:
  // Consecutive rows of one sequence that attend together.
  struct QueryTile {
    Sequence* sequence;
    int first, rows;
    bool mixed;     // one row that attends to the low-bit copy, but for layers with a window
    bool streamed;  // some of the sequence's blocks lie in files
  };
  // One row that attends to the low-bit copy of its sequence.
  struct MixedRow {
    Sequence* sequence;
    int row, quantised;
    std::vector<const uint8_t*> low_bit;
    std::vector<const uint16_t*> full;
  };
  // What a mixed row's KV head sees in full precision of the positions that have a low-bit copy.
  struct Fetch {
    int count;
    int32_t* chosen;
    uint16_t *keys, *values;

    FetchedPairs pairs() const { return {count, chosen, keys, values}; }
  };
  // out_t = weight . x_t for every row t, plus bias, or added to what is there.
  struct Product {
    const Tensor& weight;
    const std::vector<float>* bias;
    float* out;  // (rows, stride)
    size_t stride;
    float* const* out_rows;  // where rows lie apart: one pointer each
    bool add;                // to what is there; such a product has no bias

    // Row t, outputs from `first` on.
    void put(int t, int first, int count, const float* dots) const {
      float* place = (out_rows ? out_rows[t] : out + size_t(t) * stride) + first;
      if (add) {
        for (int i = 0; i < count; i++) place[i] += dots[i];
      } else if (bias && !bias->empty()) {
        for (int i = 0; i < count; i++) place[i] = dots[i] + (*bias)[size_t(first + i)];
      } else {
        std::copy_n(dots, count, place);
      }
    }
  };
  // What one thread needs for itself.
  struct Scratch {
    AlignedArray<float> weights;    // (panel_rows, columns) of those that have no panels
    AlignedArray<float> attention;  // a task's queries and twice its sums
    std::vector<const uint16_t*> keys, values;
    std::vector<int> starts, lengths;
    std::vector<uint16_t> streamed;  // a segment's blocks read from files, (2, head_values) each
    std::vector<float> sums;         // of the tiles that read them
  };

  KvError plan(std::span<const Row> rows);
  KvError find_first_guesses(std::span<const Row> rows);
  KvError reserve_guesses(std::span<const Row> rows);
  void take_guesses(std::span<const Row> rows);
  void make_room(Prediction& prediction) const;
  int32_t* chosen_of(Prediction& prediction, int layer, int kv_head) const;
  KvError run_chunks(std::span<const Row> rows);
  std::string prepare(int rows);
  std::string run_chunk(std::span<const Row> all);
  bool drop_rows();
  void embed(std::span<const Row> rows);
  void rotate_angles(std::span<const Row> rows);
  void attention(const Layer& layer, int index, std::span<const Row> rows);
  void norm_and_rotate(const Layer& layer, int t, int rows);
  void store_keys_values(int layer, const Row& row, int t);
  std::string prepare_segments();
  AttendTask attend_task(const Layer& layer, const QueryTile& tile, int kv_head, std::span<const Row> rows,
                         Scratch& scratch);
  void put_attended(const QueryTile& tile, int kv_head, const float* out);
  void attend(const Layer& layer, const QueryTile& tile, int kv_head, std::span<const Row> rows, Scratch& scratch);
  void attend_in_memory(const Layer& layer, int index, std::span<const Row> rows);
  void attend_segments(const Layer& layer, int index, std::span<const Row> rows);
  bool attends_in_memory(const Layer& layer, const QueryTile& tile) const;
  void list_blocks(int layer, int kv_head, const Sequence& sequence, Scratch& scratch);
  void attend_streamed(const Layer& layer, int index, std::span<const Row> rows);
  void attend_streamed(const Layer& layer, int index, std::span<const QueryTile> tiles, int kv_head,
                       std::span<const Row> rows, Scratch& scratch);
  void stream_blocks(int layer, int kv_head, const Sequence& sequence, int first, int end, Scratch& scratch);
  KvError restore_recent(std::span<const Row> rows);
  KvError settle(std::span<const Row> rows);
  KvError write_files(std::span<KvBlock* const> blocks, const std::string& folder);
  void report(const KvError& error, KvBlock& block);
  KvError quantise_blocks(std::span<const Row> rows);
  KvError quantise(const std::vector<KvBlock*>& blocks);
  bool is_mixed(const Row& row) const;
  void collect_mixed();
  std::string prepare_mixed();
  void attend_mixed(int layer);
  void fetch_mixed(int layer, size_t mixed, int kv_head, Scratch& scratch);
  void merge_mixed(int layer, size_t mixed, int kv_head, Scratch& scratch);
  MixedTask mixed_task(int layer, size_t mixed, int kv_head, Scratch& scratch);
  Fetch fetch_of(size_t mixed, int kv_head) const;
  void read_pairs(int layer, int kv_head, Sequence& sequence, const Fetch& fetch);
  void feed_forward(const Layer& layer, int rows);
  void logits(std::span<const Row> rows);

  // Rows of a product as floats, (columns) each; they may be computed when they are asked for, once.
  using RowOf = std::function<const float*(int t)>;
  void multiply(std::span<const Product> products, int rows, const RowOf& row_of);
  void multiply_panel(const Product& product, int panel, int rows, int start, int end);
  void multiply_floats(const Product& product, int panel, int start, int end, Scratch& scratch);
  const float* normed_row(const std::vector<float>& weight, int t);
  void add_to_residual(const Tensor& weight, const std::vector<float>& post_norm, int rows, const RowOf& row_of);

  const Model& model_;
  const HyperParameters& hp_;
  const Kernels& kernels_;
  ThreadPool pool_;
  std::vector<Scratch> scratch_;
  LowBitSettings low_bit_;
  std::shared_ptr<KvMemory> kv_memory_;
  int capacity_ = 0;          // rows the buffers below hold
  std::vector<Row> planned_;  // all rows of a call, guesses among them
  AlignedArray<float> guess_logits_;
  size_t guess_room_ = 0;
  std::vector<Row> rows_;  // of the chunk in work, less those that were dropped
  std::vector<QueryTile> tiles_;
  std::vector<MixedRow> mixed_;
  int segments_ = 0;                  // that the longest row sees, where each is a task of its own
  AlignedArray<float> segment_sums_;  // (tiles, KV heads, segments_, segment_floats_)
  size_t segment_floats_ = 0, segment_room_ = 0;
  std::mutex fault_mutex_;
  KvError fault_;  // the first of a pass
  // By mixed row and KV head: a task's scores and sums, the positions it fetches, their pairs.
  AlignedArray<float> mixed_floats_;
  AlignedArray<int32_t> chosen_;  // (fetch)
  AlignedArray<uint16_t> pairs_;  // (2, fetch, head_dim_padded): keys, then values
  size_t mixed_blocks_ = 0, mixed_floats_each_ = 0, mixed_floats_room_ = 0, pairs_room_ = 0;
  AlignedArray<float> x_, normed_, q_, k_, v_, attended_, gate_, up_, cos_sin_;
  AlignedArray<uint8_t> quantised_;         // tiles of activations
  std::vector<const float*> product_rows_;  // the same rows as floats
  AlignedArray<uint16_t> halves_;
};

}  // namespace pathact
