// The kernels of one SIMD level as JavaScript functions, so that tests can hold each against a plain reference.
#pragma once

#include <napi.h>

namespace pathact {

// kernels(level): an object of functions over typed arrays, or null where this machine lacks the level.
Napi::Value kernels_for_tests(const Napi::CallbackInfo& info);

// readBandwidth(bytes, threads): bytes a second of reading a fresh buffer once; the limit that decoding is held
// against.
Napi::Value read_bandwidth(const Napi::CallbackInfo& info);

}  // namespace pathact
