#include "addon-kernels.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "aligned.h"
#include "kernels/kernels.h"
#include "kv-cache.h"

namespace pathact {

namespace {

// The arguments of one call. After a wrong one, `ok` is false and a TypeError is pending.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}
  bool ok = true;

  const Kernels& kernels() const { return *static_cast<const Kernels*>(info_.Data()); }
  int whole(size_t i) {
    if (!info_[i].IsNumber()) return fail("not a number"), 0;
    return info_[i].As<Napi::Number>().Int32Value();
  }
  bool flag(size_t i) { return info_[i].ToBoolean().Value(); }
  std::vector<float> floats(size_t i) { return list<float, Napi::Float32Array>(i, napi_float32_array); }
  std::vector<int32_t> ints(size_t i) { return list<int32_t, Napi::Int32Array>(i, napi_int32_array); }
  // Not copied: the tests move it to odd addresses on purpose.
  const uint8_t* bytes(size_t i, size_t length) {
    if (!info_[i].IsTypedArray() || info_[i].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
      return fail("not bytes"), nullptr;
    const Napi::Uint8Array array = info_[i].As<Napi::Uint8Array>();
    if (array.ByteLength() != length) return fail("of the wrong length"), nullptr;
    return array.Data();
  }
  void fail(const char* what) {
    if (ok) Napi::TypeError::New(info_.Env(), std::string("an argument is ") + what).ThrowAsJavaScriptException();
    ok = false;
  }
  Napi::Env env() const { return info_.Env(); }

 private:
  template <class T, class Array>
  std::vector<T> list(size_t i, napi_typedarray_type type) {
    if (!info_[i].IsTypedArray() || info_[i].As<Napi::TypedArray>().TypedArrayType() != type)
      return fail("of the wrong kind"), std::vector<T>();
    const Array array = info_[i].As<Array>();
    return std::vector<T>(array.Data(), array.Data() + array.ElementLength());
  }
  const Napi::CallbackInfo& info_;
};

Napi::Value floats_of(Napi::Env env, const float* values, size_t count) {
  Napi::Float32Array array = Napi::Float32Array::New(env, count);
  std::memcpy(array.Data(), values, count * sizeof(float));
  return array;
}

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

// One sequence of one layer and KV head from (keys, head_dim) floats; false after a wrong argument.
bool store_all(Arguments& args, const std::vector<float>& k, const std::vector<float>& v, size_t hd,
               Sequence& sequence) {
  const size_t keys = k.size() / hd;
  if (k.empty() || k.size() != keys * hd || v.size() != k.size()) return args.fail("of the wrong length"), false;
  sequence.shape = {1, 1, int(hd)};
  if (!sequence.reserve(int(keys))) return args.fail("too long"), false;
  std::vector<uint16_t> key(hd), value(hd);
  for (size_t i = 0; i < keys; i++) {
    args.kernels().to_half(k.data() + i * hd, hd, key.data());
    args.kernels().to_half(v.data() + i * hd, hd, value.data());
    sequence.store(0, 0, int(i), key.data(), value.data());
  }
  sequence.length = int(keys);
  return true;
}

// (q, k, v, head_dim, starts, lengths): (queries, head_dim), (keys, head_dim) twice, the keys that each query sees.
Napi::Value attend(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::vector<float> q = args.floats(0), k = args.floats(1), v = args.floats(2);
  const int head_dim = args.whole(3);
  const std::vector<int32_t> starts = args.ints(4), lengths = args.ints(5);
  if (args.ok && (head_dim < 1 || head_dim > 1024 || q.empty() || k.empty() || lengths.empty()))
    args.fail("out of range");
  if (!args.ok) return info.Env().Undefined();
  const size_t hd = size_t(head_dim), keys = k.size() / hd, queries = lengths.size();
  const bool matching = q.size() == queries * hd && k.size() == keys * hd && v.size() == k.size();
  bool in_order = std::is_sorted(lengths.begin(), lengths.end()) && size_t(lengths.back()) <= keys &&
                  std::is_sorted(starts.begin(), starts.end()) && starts.size() == queries && starts.front() >= 0;
  for (size_t i = 0; i < queries && in_order; i++) in_order = starts[i] < lengths[i];
  if (!matching || !in_order) return args.fail("of the wrong length"), info.Env().Undefined();

  Sequence sequence;
  if (!store_all(args, k, v, hd, sequence)) return info.Env().Undefined();
  std::vector<const uint16_t*> key_blocks, value_blocks;
  for (const auto& block : sequence.blocks) {
    key_blocks.push_back(block->data() + sequence.shape.keys_at(0, 0));
    value_blocks.push_back(block->data() + sequence.shape.values_at(0, 0));
  }
  const size_t padded = sequence.shape.head_dim_padded();
  std::vector<float> out(queries * padded), running_max(queries), running_sum(queries);
  args.kernels().attend({key_blocks.data(), value_blocks.data(), head_dim, int(padded), int(queries), q.data(),
                         starts.data(), lengths.data(), out.data(), running_max.data(), running_sum.data()});
  for (size_t i = 0; i < queries; i++) std::copy_n(out.data() + i * padded, hd, out.data() + i * hd);
  return floats_of(info.Env(), out.data(), queries * hd);
}

// Reads (k, v, head_dim, bits) from argument `at` on and stores them as a sequence.
bool low_bit_sequence(Arguments& args, size_t at, Sequence& sequence, LowBitSettings& settings) {
  const std::vector<float> k = args.floats(at), v = args.floats(at + 1);
  const int head_dim = args.whole(at + 2);
  settings.bits = args.whole(at + 3);
  if (args.ok && (head_dim < 1 || settings.bits < 1 || !check(settings, head_dim, 1).empty()))
    args.fail("out of range");
  return args.ok && store_all(args, k, v, size_t(head_dim), sequence);
}

// (k, v, head_dim, bits): the low-bit block of 64 keys and values.
Napi::Value quantise_block(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Sequence sequence;
  LowBitSettings settings;
  if (!low_bit_sequence(args, 0, sequence, settings)) return info.Env().Undefined();
  if (sequence.length != kv_block) return args.fail("not 64 positions"), info.Env().Undefined();
  const LowBitShape shape = settings.shape(sequence.shape);
  AlignedArray<uint8_t> block;
  if (!block.allocate(shape.bytes())) return args.fail("too long"), info.Env().Undefined();
  const uint16_t* full = sequence.blocks[0]->data();
  args.kernels().quantise_block(shape, full + sequence.shape.keys_at(0, 0), full + sequence.shape.values_at(0, 0),
                                block.data());
  Napi::Uint8Array out = Napi::Uint8Array::New(info.Env(), shape.bytes());
  std::memcpy(out.Data(), block.data(), shape.bytes());
  return out;
}

// (q, k, v, head_dim, bits, fetch): the last position's queries (queries, head_dim) over all keys.
Napi::Value attend_mixed(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Sequence sequence;
  LowBitSettings settings;
  const std::vector<float> q = args.floats(0);
  settings.fetch = args.whole(5);
  if (!args.ok || !low_bit_sequence(args, 1, sequence, settings)) return info.Env().Undefined();
  const KvShape& kv = sequence.shape;
  const LowBitShape shape = settings.shape(kv);
  const size_t hd = size_t(kv.head_dim), queries = q.size() / hd;
  const int quantised = LowBitSettings::quantised(sequence.length - 1);
  if (q.empty() || q.size() != queries * hd || queries > most_queries || settings.fetch >= quantised)
    return args.fail("of the wrong length"), info.Env().Undefined();
  std::vector<const uint8_t*> low_bit;
  std::vector<const uint16_t*> full;
  for (const auto& block : sequence.blocks) {
    full.push_back(block->data());
    if (int(low_bit.size()) * kv_block >= quantised) continue;
    if (!block->allocate_low_bit(shape.bytes())) return args.fail("too long"), info.Env().Undefined();
    args.kernels().quantise_block(shape, block->data() + kv.keys_at(0, 0), block->data() + kv.values_at(0, 0),
                                  block->low_bit());
    low_bit.push_back(block->low_bit());
  }
  const size_t stride = full.size() * kv_block;
  std::vector<float> scores(queries * stride), out(queries * shape.channels());
  std::vector<int32_t> chosen(size_t(settings.fetch), 0);
  const MixedTask task{shape,
                       low_bit.data(),
                       full.data(),
                       0,
                       kv.keys_at(0, 0),
                       kv.values_at(0, 0),
                       sequence.length,
                       quantised,
                       settings.fetch,
                       int(queries),
                       q.data(),
                       scores.data(),
                       stride,
                       chosen.data(),
                       out.data()};
  args.kernels().score_mixed(task, 0, int(full.size()));
  args.kernels().attend_mixed(task);
  for (size_t i = 0; i < queries; i++) std::copy_n(out.data() + i * shape.channels(), hd, out.data() + i * hd);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("out", floats_of(info.Env(), out.data(), queries * hd));
  Napi::Int32Array positions = Napi::Int32Array::New(info.Env(), chosen.size());
  std::copy(chosen.begin(), chosen.end(), positions.Data());
  result.Set("chosen", positions);
  return result;
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
  object.Set("attend", Napi::Function::New(env, attend, "attend", data));
  object.Set("quantiseBlock", Napi::Function::New(env, quantise_block, "quantiseBlock", data));
  object.Set("attendMixed", Napi::Function::New(env, attend_mixed, "attendMixed", data));
  object.Set("rmsNorm", Napi::Function::New(env, rms_norm, "rmsNorm", data));
  object.Set("rope", Napi::Function::New(env, rope, "rope", data));
  object.Set("gate", Napi::Function::New(env, gate, "gate", data));
  return object;
}

}  // namespace pathact
