#include "model.h"

#include <cmath>

namespace pathact {

namespace {

// Past these a file is taken as broken rather than read; no published model comes near.
std::string check(const HyperParameters& hp) {
  const auto outside = [](int value, int low, int high) { return value < low || value > high; };
  const auto named = [](const char* name, int value) {
    return std::string(name) + " " + std::to_string(value) + " is not supported";
  };
  if (outside(hp.layers, 1, 1024)) return named("block_count", hp.layers);
  if (outside(hp.embedding, 32, 65536) || hp.embedding % 32) return named("embedding_length", hp.embedding);
  if (outside(hp.feed_forward, 32, 1 << 20) || hp.feed_forward % 32)
    return named("feed_forward_length", hp.feed_forward);
  if (outside(hp.heads, 1, 1024)) return named("attention.head_count", hp.heads);
  if (outside(hp.kv_heads, 1, hp.heads) || hp.heads % hp.kv_heads) return named("attention.head_count_kv", hp.kv_heads);
  if (outside(hp.head_dim, 2, 1024) || hp.head_dim % 2) return named("attention.key_length", hp.head_dim);
  if (outside(hp.rope_dims, 2, hp.head_dim) || hp.rope_dims % 2) return named("rope.dimension_count", hp.rope_dims);
  if (outside(hp.vocabulary, 1, 1 << 22)) return named("vocabulary size", hp.vocabulary);
  if (outside(hp.context_length, 1, 1 << 24)) return named("context length", hp.context_length);
  if (!(hp.norm_epsilon >= 0 && hp.norm_epsilon < 1)) return "attention.layer_norm_rms_epsilon is not between 0 and 1";
  if (!(hp.rope_base >= 1 && hp.rope_base <= 1e12f)) return "rope.freq_base is not between 1 and 1e12";
  if (!(hp.embedding_scale > 0 && hp.embedding_scale <= 1e6f)) return "the embedding scale is out of range";
  if (!(hp.attention_scale > 0 && hp.attention_scale <= 1e6f)) return "the attention scale is out of range";
  if (outside(hp.window, 0, 1 << 24)) return named("attention.sliding_window", hp.window);
  if (outside(hp.global_every, 1, 1024)) return named("attention.sliding_window_pattern", hp.global_every);
  if (hp.window && !(hp.local_rope_base >= 1 && hp.local_rope_base <= 1e12f))
    return "rope.freq_base_swa is not between 1 and 1e12";
  if (!(hp.rope_scale >= 1e-3f && hp.rope_scale <= 1e6f)) return "rope.scaling.factor is out of range";
  return {};
}

class Loader {
 public:
  Loader(const TensorTable& table, Model& model) : table_(table), model_(model) {}

  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  bool has(const std::string& name) const { return table_.count(name) != 0; }

  // A matrix of this shape, or an empty tensor after a failure.
  Tensor matrix(const std::string& name, int columns, int rows) {
    Tensor tensor;
    if (failed()) return tensor;
    const auto found = table_.find(name);
    if (found == table_.end()) return fail("lacks the tensor \"" + name + "\""), tensor;
    const TensorEntry& entry = found->second;
    const std::string what = "tensor \"" + name + "\" ";
    Format format;
    if (!format_of(entry.type, format))
      return fail(what + "has type " + std::to_string(entry.type) + ", which this engine does not read"), tensor;
    if (!has_shape(entry, columns, rows)) {
      return fail(what + "should be " + std::to_string(columns) + " x " + std::to_string(rows)), tensor;
    }
    if (size_t(columns) % format.values) return fail(what + "has rows that are no whole number of blocks"), tensor;
    const size_t row_bytes = size_t(columns) / format.values * format.bytes;
    const uint64_t bytes = uint64_t(row_bytes) * uint64_t(rows), size = model_.file.size();
    if (entry.bytes != bytes) return fail(what + "has the wrong length"), tensor;
    if (entry.offset > size || bytes > size - entry.offset)
      return fail(what + "reaches past the end of the file"), tensor;
    return {model_.file.data() + entry.offset, TensorType(entry.type), columns, rows, row_bytes, nullptr, 0};
  }

  // A vector as floats; empty when it is optional and absent.
  std::vector<float> vector(const std::string& name, int length, bool optional = false) {
    if (optional && !has(name)) return {};
    const Tensor tensor = matrix(name, length, 1);
    if (failed()) return {};
    if (has_panels(tensor.type)) return fail("tensor \"" + name + "\" should not be quantised"), std::vector<float>();
    std::vector<float> values(size_t(length), 0.0f);
    select_kernels("scalar")->to_float(tensor.type, tensor.data, size_t(length), values.data());
    return values;
  }

 private:
  static bool has_shape(const TensorEntry& entry, int columns, int rows) {
    if (entry.shape.empty() || entry.shape[0] != uint64_t(columns)) return false;
    if ((entry.shape.size() > 1 ? entry.shape[1] : 1) != uint64_t(rows)) return false;
    for (size_t i = 2; i < entry.shape.size(); i++) {
      if (entry.shape[i] != 1) return false;
    }
    return true;
  }
  void fail(std::string error) { error_ = std::move(error); }

  const TensorTable& table_;
  Model& model_;
  std::string error_;
};

Layer load_layer(Loader& loader, const HyperParameters& hp, int index) {
  const std::string prefix = "blk." + std::to_string(index) + ".";
  const int q_width = hp.heads * hp.head_dim, kv_width = hp.kv_heads * hp.head_dim;
  Layer layer;
  if (hp.window && index % hp.global_every != hp.global_every - 1) {
    layer.window = hp.window;
    layer.rope_table = 1;
  }
  layer.attention_norm = loader.vector(prefix + "attn_norm.weight", hp.embedding);
  layer.q = loader.matrix(prefix + "attn_q.weight", hp.embedding, q_width);
  layer.k = loader.matrix(prefix + "attn_k.weight", hp.embedding, kv_width);
  layer.v = loader.matrix(prefix + "attn_v.weight", hp.embedding, kv_width);
  layer.o = loader.matrix(prefix + "attn_output.weight", q_width, hp.embedding);
  layer.q_bias = loader.vector(prefix + "attn_q.bias", q_width, true);
  layer.k_bias = loader.vector(prefix + "attn_k.bias", kv_width, true);
  layer.v_bias = loader.vector(prefix + "attn_v.bias", kv_width, true);
  if (hp.qk_norm) {
    layer.q_norm = loader.vector(prefix + "attn_q_norm.weight", hp.head_dim);
    layer.k_norm = loader.vector(prefix + "attn_k_norm.weight", hp.head_dim);
  }
  if (hp.post_norms) {
    layer.post_attention_norm = loader.vector(prefix + "post_attention_norm.weight", hp.embedding);
    layer.post_feed_forward_norm = loader.vector(prefix + "post_ffw_norm.weight", hp.embedding);
  }
  layer.feed_forward_norm = loader.vector(prefix + "ffn_norm.weight", hp.embedding);
  layer.gate = loader.matrix(prefix + "ffn_gate.weight", hp.embedding, hp.feed_forward);
  layer.up = loader.matrix(prefix + "ffn_up.weight", hp.embedding, hp.feed_forward);
  layer.down = loader.matrix(prefix + "ffn_down.weight", hp.feed_forward, hp.embedding);
  return layer;
}

// `factors` (Llama 3's, may be empty) divide the frequencies, as `scale` does.
std::vector<double> rope_table(int dims, float base, float scale, const std::vector<float>& factors) {
  std::vector<double> frequencies;
  for (int i = 0; i < dims / 2; i++) {
    const double factor = factors.empty() ? 1.0 : double(factors[size_t(i)]);
    frequencies.push_back(std::pow(double(base), -2.0 * i / dims) / factor / double(scale));
  }
  return frequencies;
}

}  // namespace

std::string load_model(const std::string& path, const HyperParameters& hp, const TensorTable& table, Model& model) {
  std::string error = check(hp);
  if (error.empty()) error = model.file.open(path);
  if (!error.empty()) return error;
  model.hp = hp;
  Loader loader(table, model);
  model.token_embedding = loader.matrix("token_embd.weight", hp.embedding, hp.vocabulary);
  const bool tied = !loader.has("output.weight");
  model.output = tied ? model.token_embedding : loader.matrix("output.weight", hp.embedding, hp.vocabulary);
  model.output_norm = loader.vector("output_norm.weight", hp.embedding);
  const std::vector<float> factors = loader.vector("rope_freqs.weight", hp.rope_dims / 2, true);
  model.rope_tables.push_back(rope_table(hp.rope_dims, hp.rope_base, hp.rope_scale, factors));
  if (hp.window) model.rope_tables.push_back(rope_table(hp.rope_dims, hp.local_rope_base, 1, {}));
  for (int i = 0; i < hp.layers && !loader.failed(); i++) model.layers.push_back(load_layer(loader, hp, i));
  return loader.error();
}

}  // namespace pathact
