#include "addon-convert.h"

#include <vector>

#include "addon-options.h"
#include "encode-row.h"

namespace pathact {

namespace {

struct Conversion {
  TensorType from, to;
  const uint8_t* bytes;
  size_t columns, rows, from_bytes, to_bytes;  // of a row, the last two
};

// Empty when the arguments fit together, else what is wrong.
const char* read_arguments(const Napi::CallbackInfo& info, Conversion& c) {
  const auto from = safe_integer(info[0]), to = safe_integer(info[1]), columns = safe_integer(info[3]);
  Format source, target;
  if (!from || !to || *from > 0xffffffffu || *to > 0xffffffffu) return "a type is not a number";
  if (!format_of(uint32_t(*from), source)) return "the rows have a type that is not read";
  if (!format_of(uint32_t(*to), target) || !can_encode(TensorType(*to))) return "the type is not written";
  if (!columns || *columns < 1 || *columns > (1u << 24)) return "the number of columns is out of range";
  if (*columns % source.values || *columns % target.values) return "the columns are no whole number of blocks";
  if (!info[2].IsTypedArray() || info[2].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    return "the rows are not bytes";
  const Napi::Uint8Array array = info[2].As<Napi::Uint8Array>();
  c = {TensorType(*from), TensorType(*to), array.Data(), size_t(*columns), 0, 0, 0};
  c.from_bytes = c.columns / source.values * source.bytes;
  c.to_bytes = c.columns / target.values * target.bytes;
  c.rows = array.ByteLength() / c.from_bytes;
  return array.ByteLength() % c.from_bytes || c.rows > (1u << 24) ? "the rows are cut off" : nullptr;
}

}  // namespace

Napi::Value convert_rows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto fail = [&](const char* message) {
    Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
    return env.Undefined();
  };
  Conversion c;
  if (const char* error = read_arguments(info, c)) return fail(error);
  const Kernels& kernels = *select_kernels("auto");
  std::vector<float> floats(c.columns);
  const Napi::Uint8Array out = Napi::Uint8Array::New(env, c.rows * c.to_bytes);
  if (env.IsExceptionPending()) return env.Undefined();
  uint8_t* place = const_cast<uint8_t*>(out.Data());
  for (size_t row = 0; row < c.rows; row++, place += c.to_bytes) {
    kernels.to_float(c.from, c.bytes + row * c.from_bytes, c.columns, floats.data());
    encode_row(kernels, c.to, floats.data(), c.columns, place);
  }
  return out;
}

}  // namespace pathact
