#include "addon-kernels.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "addon-arguments.h"
#include "addon-attention.h"
#include "aligned.h"
#include "kernels/kernels.h"

namespace pathact {

namespace {

Napi::Value row_of(Napi::Env env, BlockRows row, int lane, int offset) {
  const size_t n = row.columns;
  Napi::Int8Array q = Napi::Int8Array::New(env, n);
  std::vector<float> scale(n / 4), extra(n / 32);
  for (size_t i = 0; i < n; i++) q[i] = int8_t(row.q(lane, i / 64)[i % 64] - offset);
  for (size_t i = 0; i < n / 4; i++) scale[i] = row.scale(lane, i / 16)[i % 16];
  for (size_t i = 0; i < n / 32; i++) extra[i] = row.extra(lane, i / 16)[i % 16];
  Napi::Object object = Napi::Object::New(env);
  object.Set("q", q);
  object.Set("scale", floats_of(env, scale.data(), scale.size()));
  object.Set("extra", floats_of(env, extra.data(), extra.size()));
  return object;
}

// A weight row of this type, with its bytes checked against n.
bool weight_row(Arguments& args, TensorType& type, const uint8_t*& bytes, size_t& n, size_t n_at) {
  Format format;
  const uint32_t id = uint32_t(args.whole(0));
  const int count = args.whole(n_at);
  if (!args.ok) return false;
  if (!format_of(id, format) || count < 1 || count > (1 << 20) || size_t(count) % format.values)
    return args.fail("out of range"), false;
  type = TensorType(id);
  n = size_t(count);
  bytes = args.bytes(1, n / format.values * format.bytes);
  return args.ok;
}

// (type, row, n)
Napi::Value unpack(const Napi::CallbackInfo& info) {
  Arguments args(info);
  TensorType type;
  const uint8_t* bytes;
  size_t n;
  AlignedArray<uint8_t> memory;
  if (!weight_row(args, type, bytes, n, 2)) return info.Env().Undefined();
  if (!unpacks(type)) return args.fail("a type that does not unpack"), info.Env().Undefined();
  BlockRows row{nullptr, n, 1};
  if (!memory.allocate(row.bytes())) return args.fail("too long"), info.Env().Undefined();
  row.base = memory.data();
  args.kernels().unpack(type, bytes, row, 0);
  return row_of(info.Env(), row, 0, 0);
}

// (type, row, n)
Napi::Value to_float(const Napi::CallbackInfo& info) {
  Arguments args(info);
  TensorType type;
  const uint8_t* bytes;
  size_t n;
  if (!weight_row(args, type, bytes, n, 2)) return info.Env().Undefined();
  if (unpacks(type)) return args.fail("a type that unpacks"), info.Env().Undefined();
  std::vector<float> out(n);
  args.kernels().to_float(type, bytes, n, out.data());
  return floats_of(info.Env(), out.data(), n);
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

// (x)
Napi::Value quantise_row(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::vector<float> x = args.floats(0);
  AlignedArray<uint8_t> memory;
  if (args.ok && (x.empty() || x.size() % 32)) args.fail("no multiple of 32 long");
  BlockRows row{nullptr, x.size(), activation_tile};
  if (args.ok && !memory.allocate(row.bytes())) args.fail("too long");
  if (!args.ok) return info.Env().Undefined();
  row.base = memory.data();
  const int lane = int(x.size() / 32) % activation_tile;
  args.kernels().quantise_row(x.data(), row, lane);
  return row_of(info.Env(), row, lane, args.kernels().activation_offset);
}

// (type, row, x, n, packed): the weight row's dot product with every row of x.
Napi::Value dot(const Napi::CallbackInfo& info) {
  Arguments args(info);
  TensorType type;
  const uint8_t* bytes;
  size_t n;
  if (!weight_row(args, type, bytes, n, 3)) return info.Env().Undefined();
  const std::vector<float> x = args.floats(2);
  const bool packed = args.flag(4);
  const Kernels& kernels = args.kernels();
  const int rows = int(x.size() / n);
  if (args.ok && (x.empty() || x.size() % n || (packed && rows > most_packed))) args.fail("of the wrong length");
  if (!args.ok) return info.Env().Undefined();
  std::vector<float> out(size_t(rows), 0.0f);
  if (!unpacks(type)) {
    std::vector<float> weights(n);
    kernels.to_float(type, bytes, n, weights.data());
    kernels.dot_floats(weights.data(), x.data(), n, n, rows, out.data());
    return floats_of(info.Env(), out.data(), out.size());
  }
  const size_t tiles = size_t(rows + activation_tile - 1) / activation_tile;
  AlignedArray<uint8_t> weights, blocks;
  BlockRows w{nullptr, n, 1}, tile{nullptr, n, activation_tile};
  if (!weights.allocate(w.bytes()) || !blocks.allocate(tile.bytes() * tiles))
    return args.fail("too long"), info.Env().Undefined();
  w.base = weights.data();
  tile.base = blocks.data();
  for (int r = 0; r < rows; r++) {
    kernels.quantise_row(x.data() + size_t(r) * n, tile.tile(size_t(r / activation_tile)), r % activation_tile);
  }
  float dots[activation_tile];
  if (!packed) kernels.unpack(type, bytes, w, 0);
  for (int r = 0; r < rows; r += activation_tile, tile = tile.tile(1)) {
    const int many = std::min(activation_tile, rows - r);
    if (packed)
      kernels.dot_packed({type, bytes, 0, 1, n}, tile, rows, reinterpret_cast<float*>(weights.data()), dots);
    else
      kernels.dot_unpacked(w, 1, tile, many, dots);
    std::copy_n(dots, many, out.data() + r);
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
  object.Set("unpack", Napi::Function::New(env, unpack, "unpack", data));
  object.Set("toFloat", Napi::Function::New(env, to_float, "toFloat", data));
  object.Set("toHalf", Napi::Function::New(env, to_half, "toHalf", data));
  object.Set("quantiseRow", Napi::Function::New(env, quantise_row, "quantiseRow", data));
  object.Set("dot", Napi::Function::New(env, dot, "dot", data));
  add_attention(object, data);
  object.Set("rmsNorm", Napi::Function::New(env, rms_norm, "rmsNorm", data));
  object.Set("rope", Napi::Function::New(env, rope, "rope", data));
  object.Set("gate", Napi::Function::New(env, gate, "gate", data));
  return object;
}

}  // namespace pathact
