#include "addon-kernels.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "addon-arguments.h"
#include "addon-attention.h"
#include "aligned.h"
#include "kernels/kernels.h"
#include "thread-pool.h"

namespace pathact {

namespace {

// Weight rows of this type, `n` values each, with their bytes checked against their number.
struct WeightRows {
  TensorType type;
  const uint8_t* bytes;
  size_t n, row_bytes;
  int rows;
};

bool weight_rows(Arguments& args, int rows, size_t n_at, WeightRows& w) {
  Format format;
  const uint32_t id = uint32_t(args.whole(0));
  const int n = args.whole(n_at);
  if (!args.ok) return false;
  if (!format_of(id, format) || n < 1 || n > (1 << 20) || size_t(n) % format.values || rows < 1 || rows > 1024)
    return args.fail("out of range"), false;
  const size_t row_bytes = size_t(n) / format.values * format.bytes;
  w = {TensorType(id), args.bytes(1, row_bytes * size_t(rows)), size_t(n), row_bytes, rows};
  return args.ok;
}

// (type, row, n)
Napi::Value to_float(const Napi::CallbackInfo& info) {
  Arguments args(info);
  WeightRows w;
  if (!weight_rows(args, 1, 2, w)) return info.Env().Undefined();
  std::vector<float> out(w.n);
  args.kernels().to_float(w.type, w.bytes, w.n, out.data());
  return floats_of(info.Env(), out.data(), w.n);
}

// (x)
Napi::Value to_half(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::vector<float> x = args.floats(0);
  if (!args.ok) return info.Env().Undefined();
  Napi::Uint16Array out = Napi::Uint16Array::New(info.Env(), x.size());
  args.kernels().to_half(x.data(), x.size(), out.Data());
  return out;
}

// (x): what the row becomes between others.
Napi::Value quantise_row(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const Napi::Env env = info.Env();
  const std::vector<float> x = args.floats(0);
  AlignedArray<uint8_t> memory;
  if (args.ok && (x.empty() || x.size() % 32)) args.fail("no multiple of 32 long");
  if (args.ok && !memory.allocate(ActivationTile::bytes(x.size(), activation_tile))) args.fail("too long");
  if (!args.ok) return env.Undefined();
  const size_t blocks = x.size() / 32;
  const int row = int(blocks) % activation_tile;
  const ActivationTile tile{memory.data(), x.size(), activation_tile};
  args.kernels().quantise_row(x.data(), tile, row);
  Napi::Int8Array q = Napi::Int8Array::New(env, x.size());
  Napi::Int32Array sums = Napi::Int32Array::New(env, blocks * 2);
  std::vector<float> scale(blocks), scaled_sum(blocks);
  for (size_t b = 0; b < blocks; b++) {
    std::copy_n(tile.q(row, b), 32, q.Data() + b * 32);
    std::copy_n(tile.sums(row, b), 2, sums.Data() + b * 2);
    scale[b] = *tile.scale(row, b);
    scaled_sum[b] = *tile.scaled_sum(row, b);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("q", q);
  object.Set("scale", floats_of(env, scale.data(), blocks));
  object.Set("scaledSum", floats_of(env, scaled_sum.data(), blocks));
  object.Set("sums", sums);
  return object;
}

// x . w through panels; out: (x rows, weight rows). False when there is no memory.
bool multiply_panels(const Kernels& kernels, const WeightRows& w, const float* x, int rows, float* out) {
  const size_t panel_bytes = kernels.panel_bytes(w.type, w.n);
  AlignedArray<uint8_t> panel, activations;
  if (!panel.allocate(panel_bytes) || !activations.allocate(ActivationTile::bytes(w.n, size_t(rows)))) return false;
  for (int t = 0; t < rows; t++) {
    kernels.quantise_row(x + size_t(t) * w.n, ActivationTile::of(activations.data(), w.n, rows, t),
                         t % activation_tile);
  }
  float dots[activation_tile * panel_rows];
  for (int first = 0; first < w.rows; first += panel_rows) {
    const int count = std::min(panel_rows, w.rows - first);
    kernels.pack_panel(w.type, w.bytes + size_t(first) * w.row_bytes, w.row_bytes, count, w.n, panel.data());
    for (int t = 0; t < rows; t += activation_tile) {
      const auto tile = ActivationTile::of(activations.data(), w.n, rows, t);
      kernels.dot_panel(w.type, panel.data(), tile, dots);
      for (int r = 0; r < tile.rows; r++)
        std::copy_n(dots + r * panel_rows, count, out + size_t(t + r) * size_t(w.rows) + size_t(first));
    }
  }
  return true;
}

// (type, weights, weight rows, x, n): the dot products of every row of x with every weight row.
Napi::Value multiply(const Napi::CallbackInfo& info) {
  Arguments args(info);
  WeightRows w;
  if (!weight_rows(args, args.whole(2), 4, w)) return info.Env().Undefined();
  const std::vector<float> x = args.floats(3);
  const Kernels& kernels = args.kernels();
  if (args.ok && (x.empty() || x.size() % w.n)) args.fail("of the wrong length");
  if (!args.ok) return info.Env().Undefined();
  const int rows = int(x.size() / w.n);
  std::vector<float> out(size_t(rows) * size_t(w.rows)), weights(w.n * size_t(w.rows));
  if (has_panels(w.type)) {
    if (!multiply_panels(kernels, w, x.data(), rows, out.data())) args.fail("too long");
    return floats_of(info.Env(), out.data(), out.size());
  }
  for (int i = 0; i < w.rows; i++)
    kernels.to_float(w.type, w.bytes + size_t(i) * w.row_bytes, w.n, weights.data() + size_t(i) * w.n);
  for (int t = 0; t < rows; t++) {
    kernels.dot_floats(x.data() + size_t(t) * w.n, weights.data(), w.n, w.n, w.rows,
                       out.data() + size_t(t) * size_t(w.rows));
  }
  return floats_of(info.Env(), out.data(), out.size());
}

// (x, weight, epsilon)
Napi::Value rms_norm(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::vector<float> x = args.floats(0), weight = args.floats(1);
  if (args.ok && (x.size() != weight.size() || !info[2].IsNumber())) args.fail("of the wrong length");
  if (!args.ok) return info.Env().Undefined();
  std::vector<float> out(x.size());
  args.kernels().rms_norm(x.data(), weight.data(), x.size(), info[2].As<Napi::Number>().FloatValue(), out.data());
  return floats_of(info.Env(), out.data(), out.size());
}

// (x, cos_sin, neox): rotates the first cos_sin.length values of x
Napi::Value rope(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::vector<float> x = args.floats(0);
  const std::vector<float> cos_sin = args.floats(1);
  if (args.ok && (cos_sin.size() % 2 || cos_sin.size() > x.size())) args.fail("of the wrong length");
  if (!args.ok) return info.Env().Undefined();
  args.kernels().rope(x.data(), cos_sin.data(), int(cos_sin.size()), args.flag(2));
  return floats_of(info.Env(), x.data(), x.size());
}

// (gate, up, gelu)
Napi::Value gate(const Napi::CallbackInfo& info) {
  Arguments args(info);
  std::vector<float> gate = args.floats(0);
  const std::vector<float> up = args.floats(1);
  if (args.ok && (gate.size() != up.size() || gate.size() % 16)) args.fail("of the wrong length");
  if (!args.ok) return info.Env().Undefined();
  (args.flag(2) ? args.kernels().gelu_gate : args.kernels().silu_gate)(gate.data(), up.data(), gate.size());
  return floats_of(info.Env(), gate.data(), gate.size());
}

}  // namespace

Napi::Value kernels_for_tests(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Kernels* kernels =
      info[0].IsString() ? select_kernels(info[0].As<Napi::String>().Utf8Value().c_str()) : nullptr;
  if (!kernels) return env.Null();
  void* data = const_cast<Kernels*>(kernels);
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", kernels->name);
  object.Set("toFloat", Napi::Function::New(env, to_float, "toFloat", data));
  object.Set("toHalf", Napi::Function::New(env, to_half, "toHalf", data));
  object.Set("quantiseRow", Napi::Function::New(env, quantise_row, "quantiseRow", data));
  object.Set("multiply", Napi::Function::New(env, multiply, "multiply", data));
  add_attention(object, data);
  object.Set("rmsNorm", Napi::Function::New(env, rms_norm, "rmsNorm", data));
  object.Set("rope", Napi::Function::New(env, rope, "rope", data));
  object.Set("gate", Napi::Function::New(env, gate, "gate", data));
  return object;
}

Napi::Value read_bandwidth(const Napi::CallbackInfo& info) {
  constexpr size_t piece = 1 << 16;  // numbers a task reads
  Arguments args(info);
  const int bytes = args.whole(0), threads = args.whole(1);
  if (args.ok && (bytes < int(8 * piece) || threads < 1 || threads > 256)) args.fail("out of range");
  if (!args.ok) return info.Env().Undefined();
  const size_t tasks = size_t(bytes) / (8 * piece);
  std::unique_ptr<uint64_t[]> numbers(new (std::nothrow) uint64_t[tasks * piece]);
  if (!numbers) return args.fail("more than there is memory for"), info.Env().Undefined();
  std::memset(numbers.get(), 1, tasks * piece * 8);
  std::vector<uint64_t> sums(tasks);
  ThreadPool pool(threads);
  const auto start = std::chrono::steady_clock::now();
  pool.run(int(tasks), [&](int task, int) {
    const uint64_t* part = numbers.get() + size_t(task) * piece;
    uint64_t sum[32] = {};
    for (size_t i = 0; i < piece; i += 32)
      for (size_t lane = 0; lane < 32; lane++) sum[lane] += part[i + lane];
    for (const uint64_t each : sum) sums[size_t(task)] += each;
  });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  uint64_t sum = 0;
  for (const uint64_t each : sums) sum += each;
  // Every byte is 1: were the sum wrong, the read would not have been one.
  if (sum != 0x0101010101010101u * uint64_t(tasks * piece)) return Napi::Number::New(info.Env(), 0);
  return Napi::Number::New(info.Env(), double(tasks * piece * 8) / seconds.count());
}

}  // namespace pathact
