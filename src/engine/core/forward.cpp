#include "forward.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace pathact {

namespace {

constexpr int chunk_rows = 256;  // rows that pass through a layer together: its weights are read once for them
constexpr int query_tile_rows = 16;

bool is_streamed(const Sequence& sequence) {
  return std::any_of(sequence.blocks.begin(), sequence.blocks.end(),
                     [](const auto& block) { return !block->data.data(); });
}

int widest(const HyperParameters& hp) { return std::max({hp.embedding, hp.heads * hp.head_dim, hp.feed_forward}); }

}  // namespace

Forward::Forward(const Model& model, const Kernels& kernels, int threads, LowBitSettings low_bit,
                 std::shared_ptr<KvMemory> kv_memory)
    : model_(model),
      hp_(model.hp),
      kernels_(kernels),
      pool_(threads),
      scratch_(size_t(threads)),
      low_bit_(std::move(low_bit)),
      kv_memory_(std::move(kv_memory)) {}

KvError Forward::run(std::span<const Row> rows) {
  fault_ = {};
  if (KvError error = restore_recent(rows)) return error;
  if (KvError error = plan(rows)) return error;
  if (KvError error = run_chunks(planned_)) return error;
  take_guesses(planned_);
  return {};
}

KvError Forward::run_chunks(std::span<const Row> rows) {
  if (KvError error = quantise_blocks(rows)) return error;
  for (size_t first = 0; first < rows.size(); first += chunk_rows) {
    const auto chunk = rows.subspan(first, std::min(size_t(chunk_rows), rows.size() - first));
    if (std::string error = prepare(int(chunk.size())); !error.empty()) return {error};
    if (std::string error = run_chunk(chunk); !error.empty()) return {error};
    if (fault_) {
      for (const Row& row : chunk) row.sequence->fetched.clear();
      return fault_;
    }
    if (KvError error = settle(chunk)) return error;
  }
  return {};
}

// Buffers for this many rows; they stay for later calls.
std::string Forward::prepare(int rows) {
  if (rows <= capacity_) return {};
  capacity_ = 0;
  const size_t n = size_t(rows), d = size_t(hp_.embedding), ff = size_t(hp_.feed_forward);
  const size_t q = size_t(hp_.heads * hp_.head_dim), kv = size_t(hp_.kv_heads * hp_.head_dim);
  const size_t group = size_t(hp_.heads / hp_.kv_heads), hdp = round_up(size_t(hp_.head_dim), 16);
  bool ok = x_.allocate(n * d) && normed_.allocate(n * d) && q_.allocate(n * q) && k_.allocate(n * kv) &&
            v_.allocate(n * kv) && attended_.allocate(n * q) && gate_.allocate(n * ff) && up_.allocate(n * ff) &&
            cos_sin_.allocate(n * size_t(hp_.rope_dims) * model_.rope_tables.size()) && halves_.allocate(n * kv * 2) &&
            quantised_.allocate(ActivationTile::bytes(size_t(widest(hp_)), n));
  for (Scratch& scratch : scratch_) {
    ok = ok && scratch.weights.allocate(panel_rows * size_t(widest(hp_))) &&
         scratch.attention.allocate(query_tile_rows * group * (size_t(hp_.head_dim) + 2 * (hdp + 2)));
  }
  if (!ok) return "out of memory for a batch of " + std::to_string(rows) + " tokens";
  capacity_ = rows;
  return {};
}

std::string Forward::run_chunk(std::span<const Row> all) {
  rows_.assign(all.begin(), all.end());
  drop_rows();
  if (std::string error = prepare_segments(); !error.empty()) return error;
  if (std::string error = prepare_mixed(); !error.empty()) return error;
  embed(rows_);
  rotate_angles(rows_);
  for (int i = 0; i < hp_.layers && !rows_.empty(); i++) {
    const Layer& layer = model_.layers[size_t(i)];
    attention(layer, i, rows_);
    feed_forward(layer, int(rows_.size()));
    if (drop_rows()) rotate_angles(rows_);
  }
  logits(rows_);
  return {};
}

// Leaves out the rows of sequences that were dropped from the pass since the last call, and cuts what stays into
// tiles. True when rows went: what was computed for each row but its x_ is then to be computed again.
bool Forward::drop_rows() {
  const size_t before = rows_.size(), d = size_t(hp_.embedding);
  size_t kept = 0;
  tiles_.clear();
  for (size_t t = 0; t < before; t++) {
    const Row row = rows_[t];
    // The flag may be set at any time, between the rows of one sequence too: those that are left here go next time.
    if (row.sequence->dropped.load(std::memory_order_relaxed)) continue;
    if (kept < t) std::memcpy(x_.data() + kept * d, x_.data() + t * d, d * sizeof(float));
    rows_[kept] = row;
    const bool joins = !tiles_.empty() && tiles_.back().sequence == row.sequence &&
                       tiles_.back().rows < query_tile_rows && !is_mixed(row);
    if (joins)
      tiles_.back().rows++;
    else
      tiles_.push_back({row.sequence, int(kept), 1, is_mixed(row), is_streamed(*row.sequence)});
    kept++;
  }
  rows_.resize(kept);
  collect_mixed();
  return kept < before;
}

void Forward::embed(std::span<const Row> rows) {
  const Tensor& table = model_.token_embedding;
  const size_t d = size_t(hp_.embedding);
  pool_.run(int(rows.size()), [&](int t, int) {
    float* x = x_.data() + size_t(t) * d;
    kernels_.to_float(table.type, table.row(rows[size_t(t)].token), d, x);
    if (hp_.embedding_scale == 1.0f) return;
    for (size_t i = 0; i < d; i++) x[i] *= hp_.embedding_scale;
  });
}

// Per table of frequencies: a row's cosines and sines.
void Forward::rotate_angles(std::span<const Row> rows) {
  const size_t half = size_t(hp_.rope_dims / 2);
  float* all = cos_sin_.data();
  for (const std::vector<double>& frequencies : model_.rope_tables) {
    pool_.run(int(rows.size()), [&](int t, int) {
      float* pair = all + size_t(t) * half * 2;
      for (size_t i = 0; i < half; i++, pair += 2) {
        const double angle = double(rows[size_t(t)].position) * frequencies[i];
        pair[0] = float(std::cos(angle));
        pair[1] = float(std::sin(angle));
      }
    });
    all += rows.size() * half * 2;
  }
}

void Forward::attention(const Layer& layer, int index, std::span<const Row> rows) {
  const int n = int(rows.size());
  const size_t q = size_t(layer.q.rows), kv = size_t(layer.k.rows);
  multiply(std::array<Product, 3>{{{layer.q, &layer.q_bias, q_.data(), q, nullptr, false},
                                   {layer.k, &layer.k_bias, k_.data(), kv, nullptr, false},
                                   {layer.v, &layer.v_bias, v_.data(), kv, nullptr, false}}},
           n, [&](int t) { return normed_row(layer.attention_norm, t); });
  pool_.run(n, [&](int t, int) {
    norm_and_rotate(layer, t, n);
    store_keys_values(index, rows[size_t(t)], t);
  });
  if (layer.window || mixed_.size() < tiles_.size()) {
    attend_in_memory(layer, index, rows);
    attend_streamed(layer, index, rows);
  }
  if (!layer.window && !mixed_.empty()) attend_mixed(index);
  add_to_residual(layer.o, layer.post_attention_norm, n, [&](int t) { return attended_.data() + size_t(t) * q; });
}

// Row t of n: its query and key heads.
void Forward::norm_and_rotate(const Layer& layer, int t, int n) {
  const size_t head_dim = size_t(hp_.head_dim);
  const float* angles = cos_sin_.data() + size_t(layer.rope_table * n + t) * size_t(hp_.rope_dims);
  const auto each = [&](float* head, int heads, const std::vector<float>& weight) {
    for (const float* end = head + size_t(heads) * head_dim; head < end; head += head_dim) {
      if (!weight.empty()) kernels_.rms_norm(head, weight.data(), head_dim, hp_.norm_epsilon, head);
      kernels_.rope(head, angles, hp_.rope_dims, hp_.rope_neox);
    }
  };
  each(q_.data() + size_t(t) * size_t(layer.q.rows), hp_.heads, layer.q_norm);
  each(k_.data() + size_t(t) * size_t(layer.k.rows), hp_.kv_heads, layer.k_norm);
}

void Forward::store_keys_values(int layer, const Row& row, int t) {
  const size_t head_dim = size_t(hp_.head_dim), kv = size_t(hp_.kv_heads) * head_dim;
  uint16_t* keys = halves_.data() + size_t(t) * kv * 2;
  uint16_t* values = keys + kv;
  kernels_.to_half(k_.data() + size_t(t) * kv, kv, keys);
  kernels_.to_half(v_.data() + size_t(t) * kv, kv, values);
  for (int h = 0; h < hp_.kv_heads; h++) {
    row.sequence->store(layer, h, row.position, keys + size_t(h) * head_dim, values + size_t(h) * head_dim);
  }
}

void Forward::logits(std::span<const Row> rows) {
  const size_t d = size_t(hp_.embedding);
  std::vector<float*> out;
  for (size_t t = 0; t < rows.size(); t++) {
    if (!rows[t].logits) continue;
    float* normed = rows[t].hidden ? rows[t].logits : normed_.data() + out.size() * d;
    kernels_.rms_norm(x_.data() + t * d, model_.output_norm.data(), d, hp_.norm_epsilon, normed);
    if (!rows[t].hidden) out.push_back(rows[t].logits);
  }
  multiply(std::array<Product, 1>{{{model_.output, nullptr, nullptr, 0, out.data(), false}}}, int(out.size()),
           [&](int t) { return normed_.data() + size_t(t) * d; });
}

}  // namespace pathact
