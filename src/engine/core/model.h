// A model's hyper-parameters and weights: quantised matrices in panels, the rest in the mapped file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "huge-array.h"
#include "kernels/kernels.h"
#include "mapped-file.h"

namespace pathact {

struct HyperParameters {
  int layers = 0;
  int embedding = 0;  // width of the residual stream
  int feed_forward = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int rope_dims = 0;  // rotated dimensions of a head
  int vocabulary = 0;
  int context_length = 0;  // tokens a sequence may hold
  float norm_epsilon = 0;
  float rope_base = 0;
  float rope_scale = 1;  // positions are divided by it (linear scaling)
  bool rope_neox = false;
  bool gelu = false;        // GeGLU in place of SwiGLU
  bool qk_norm = false;     // queries and keys pass an RMS norm, head by head, before they are rotated
  bool post_norms = false;  // attention and feed-forward pass an RMS norm before they are added to the residual
  float embedding_scale = 1;
  float attention_scale = 1;  // of queries
  int window = 0;             // positions that a local layer's query sees, its own included; 0: no layer is local
  int global_every = 1;       // of so many layers the last is global, the others are local
  float local_rope_base = 0;  // of local layers, which know no linear scaling
};

// One row of the file's tensor table, as the header reader gave it: not to be trusted.
struct TensorEntry {
  uint32_t type = 0;
  std::vector<uint64_t> shape;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};
using TensorTable = std::map<std::string, TensorEntry>;

struct Tensor {
  const uint8_t* data = nullptr;  // (rows, columns), rows of row_bytes
  TensorType type = TensorType::F32;
  int columns = 0;
  int rows = 0;
  size_t row_bytes = 0;
  const uint8_t* panels = nullptr;  // (panel_count, panel_bytes), or nullptr where rows are read from the file
  size_t panel_bytes = 0;

  int panel_count() const { return (rows + panel_rows - 1) / panel_rows; }
  const uint8_t* row(int i) const { return data + size_t(i) * row_bytes; }
  const uint8_t* panel(int i) const { return panels + size_t(i) * panel_bytes; }
};

struct Layer {
  int window = 0;      // positions that a query sees, its own included; 0: all before it
  int rope_table = 0;  // of the model's
  std::vector<float> attention_norm, feed_forward_norm;
  Tensor q, k, v, o, gate, up, down;
  std::vector<float> q_bias, k_bias, v_bias;                       // empty when the model has none
  std::vector<float> q_norm, k_norm;                               // (head_dim), or empty
  std::vector<float> post_attention_norm, post_feed_forward_norm;  // (embedding), or empty
};

struct Model {
  MappedFile file;
  HugeArray panels;
  HyperParameters hp;
  Tensor token_embedding, output;
  std::vector<float> output_norm;
  // (tables, rope_dims / 2), radians a position: the global layers' table, then the local ones' where there are any.
  std::vector<std::vector<double>> rope_tables;
  std::vector<Layer> layers;
};

// Empty when the model is ready, else what is wrong with it. Every entry of the table is checked against the
// real file before a byte of it is read. Quantised matrices still lie in the file: `repack` is what makes panels.
std::string load_model(const std::string& path, const HyperParameters& hp, const TensorTable& table, Model& model);

}  // namespace pathact
