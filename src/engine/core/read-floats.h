// A weight row of any type as floats.
#pragma once

#include "kernels/kernels.h"

namespace pathact {

// `scratch`: one lane for the row's values; types that do not unpack leave it alone.
inline void read_floats(const Kernels& kernels, TensorType type, const uint8_t* row, BlockRows scratch, float* out) {
  const size_t n = scratch.columns;
  if (!unpacks(type)) return kernels.to_float(type, row, n, out);
  kernels.unpack(type, row, scratch, 0);
  for (size_t i = 0; i < n; i++) {
    const float scale = scratch.scale(0, i / 64)[i % 64 / 4], extra = scratch.extra(0, i / 512)[i % 512 / 32];
    out[i] = scale * float(int8_t(scratch.q(0, i / 64)[i % 64])) + extra;
  }
}

}  // namespace pathact
