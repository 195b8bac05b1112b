#include "addon-kernels.h"

#include <cstring>
#include <vector>

#include "kernels/kernels.h"

namespace pathact {

Napi::Value kernels_for_tests(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Kernels* kernels = info[0].IsString() ? select_kernels(info[0].As<Napi::String>().Utf8Value().c_str()) : nullptr;
  if (!kernels) return env.Null();
  return Napi::Object::New(env);
}

}  // namespace pathact
