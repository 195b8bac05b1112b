// What the functions for tests read from JavaScript and give back.
#pragma once

#include <napi.h>

#include <cstring>
#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace pathact {

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

inline Napi::Value floats_of(Napi::Env env, const float* values, size_t count) {
  Napi::Float32Array array = Napi::Float32Array::New(env, count);
  std::memcpy(array.Data(), values, count * sizeof(float));
  return array;
}

}  // namespace pathact
