// JavaScript's options object as plain values.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "kv-cache.h"
#include "model.h"

namespace pathact {

struct CoreOptions {
  std::string path;
  std::string simd;
  int threads = 0;
  HyperParameters hp;
  LowBitSettings low_bit;
  TensorTable tensors;
};

// Empty when every property is there with the right type, else which one is not. Values are not checked here.
std::string read_options(Napi::Object object, CoreOptions& options);

// A non-negative integer that a double holds exactly.
std::optional<uint64_t> safe_integer(Napi::Value value);

}  // namespace pathact
