// The matrix products of a forward pass.
#include <algorithm>
#include <array>

#include "forward.h"

namespace pathact {

namespace {

constexpr int task_rows = 64;  // rows that one task multiplies a panel with: whole tiles

}  // namespace

void Forward::feed_forward(const Layer& layer, int rows) {
  const size_t ff = size_t(hp_.feed_forward);
  multiply(std::array<Product, 2>{{{layer.gate, nullptr, gate_.data(), ff, nullptr, false},
                                   {layer.up, nullptr, up_.data(), ff, nullptr, false}}},
           rows, [&](int t) { return normed_row(layer.feed_forward_norm, t); });
  const auto gated = hp_.gelu ? kernels_.gelu_gate : kernels_.silu_gate;
  add_to_residual(layer.down, layer.post_feed_forward_norm, rows, [&](int t) {
    float* gate = gate_.data() + size_t(t) * ff;
    gated(gate, up_.data() + size_t(t) * ff, ff);
    return gate;
  });
}

// Row t of the residual stream through a norm.
const float* Forward::normed_row(const std::vector<float>& weight, int t) {
  const size_t d = size_t(hp_.embedding);
  float* out = normed_.data() + size_t(t) * d;
  kernels_.rms_norm(x_.data() + size_t(t) * d, weight.data(), d, hp_.norm_epsilon, out);
  return out;
}

// weight . row of every row, through a norm where there is one, onto the residual stream.
void Forward::add_to_residual(const Tensor& weight, const std::vector<float>& post_norm, int rows,
                              const RowOf& row_of) {
  const size_t d = size_t(hp_.embedding);
  const bool direct = post_norm.empty();
  multiply(std::array<Product, 1>{{{weight, nullptr, direct ? x_.data() : normed_.data(), d, nullptr, direct}}}, rows,
           row_of);
  if (direct) return;
  pool_.run(rows, [&](int t, int) {
    float* added = normed_.data() + size_t(t) * d;
    float* x = x_.data() + size_t(t) * d;
    kernels_.rms_norm(added, post_norm.data(), d, hp_.norm_epsilon, added);
    for (size_t i = 0; i < d; i++) x[i] += added[i];
  });
}

// All products read the same rows, quantised once. Threads take runs of panels.
void Forward::multiply(std::span<const Product> products, int rows, const RowOf& row_of) {
  if (rows == 0) return;
  const size_t columns = size_t(products[0].weight.columns);
  const bool quantised =
      std::any_of(products.begin(), products.end(), [](const Product& p) { return p.weight.panels; });
  product_rows_.resize(size_t(rows));
  pool_.run(rows, [&](int t, int) {
    product_rows_[size_t(t)] = row_of(t);
    if (!quantised) return;
    kernels_.quantise_row(product_rows_[size_t(t)], ActivationTile::of(quantised_.data(), columns, rows, t),
                          t % activation_tile);
  });
  int panels = 0;
  for (const Product& product : products) panels += product.weight.panel_count();
  const int parts = (rows + task_rows - 1) / task_rows;
  pool_.run(panels * parts, [&](int task, int worker) {
    const Product* product = products.data();
    int panel = task / parts;
    for (; panel >= product->weight.panel_count(); product++) panel -= product->weight.panel_count();
    const int first = task % parts * task_rows, end = std::min(rows, first + task_rows);
    if (product->weight.panels)
      multiply_panel(*product, panel, rows, first, end);
    else
      multiply_floats(*product, panel, first, end, scratch_[size_t(worker)]);
  });
}

// Rows [start, end) of `rows`, whose tiles begin where start does.
void Forward::multiply_panel(const Product& product, int panel, int rows, int start, int end) {
  const Tensor& weight = product.weight;
  const int first = panel * panel_rows, count = std::min(panel_rows, weight.rows - first);
  float dots[activation_tile * panel_rows];
  for (int t = start; t < end; t += activation_tile) {
    const auto tile = ActivationTile::of(quantised_.data(), size_t(weight.columns), rows, t);
    kernels_.dot_panel(weight.type, weight.panel(panel), tile, dots);
    for (int r = 0; r < tile.rows; r++) product.put(t + r, first, count, dots + r * panel_rows);
  }
}

// The same for weights that have no panels.
void Forward::multiply_floats(const Product& product, int panel, int start, int end, Scratch& scratch) {
  const Tensor& weight = product.weight;
  const size_t columns = size_t(weight.columns);
  const int first = panel * panel_rows, count = std::min(panel_rows, weight.rows - first);
  float* weights = scratch.weights.data();
  for (int i = 0; i < count; i++)
    kernels_.to_float(weight.type, weight.row(first + i), columns, weights + size_t(i) * columns);
  for (int t = start; t < end; t++) {
    float dots[panel_rows];
    kernels_.dot_floats(product_rows_[size_t(t)], weights, columns, columns, count, dots);
    product.put(t, first, count, dots);
  }
}

}  // namespace pathact
