#include "repack.h"

#include <algorithm>
#include <vector>

#include "thread-pool.h"

namespace pathact {

namespace {

std::vector<Tensor*> matrices(Model& model) {
  std::vector<Tensor*> all;
  for (Layer& layer : model.layers) {
    for (Tensor* tensor : {&layer.q, &layer.k, &layer.v, &layer.o, &layer.gate, &layer.up, &layer.down})
      all.push_back(tensor);
  }
  all.push_back(&model.output);
  std::erase_if(all, [](const Tensor* tensor) { return !has_panels(tensor->type); });
  return all;
}

void pack(Tensor& tensor, const Kernels& kernels, ThreadPool& pool, uint8_t* panels) {
  pool.run(tensor.panel_count(), [&](int i, int) {
    const int first = i * panel_rows, count = std::min(panel_rows, tensor.rows - first);
    kernels.pack_panel(tensor.type, tensor.row(first), tensor.row_bytes, count, size_t(tensor.columns),
                       panels + size_t(i) * tensor.panel_bytes);
  });
  tensor.panels = panels;
}

}  // namespace

std::string repack(Model& model, const Kernels& kernels, int threads) {
  size_t bytes = 0;
  const std::vector<Tensor*> tensors = matrices(model);
  for (Tensor* tensor : tensors) {
    tensor->panel_bytes = kernels.panel_bytes(tensor->type, size_t(tensor->columns));
    bytes += tensor->panel_bytes * size_t(tensor->panel_count());
  }
  if (tensors.empty()) return {};
  if (!model.panels.allocate(bytes)) return "out of memory for " + std::to_string(bytes >> 20) + " MiB of weights";
  ThreadPool pool(threads);
  uint8_t* place = model.panels.data();
  for (Tensor* tensor : tensors) {
    pack(*tensor, kernels, pool, place);
    place += tensor->panel_bytes * size_t(tensor->panel_count());
    model.file.let_go(tensor->data, tensor->row_bytes * size_t(tensor->rows));
  }
  return {};
}

}  // namespace pathact
