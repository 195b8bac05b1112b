// Attention kernels over typed arrays, for tests.
#pragma once

#include <napi.h>

namespace pathact {

// Adds attend, quantiseBlock and attendMixed of one SIMD level; `kernels` is its table.
void add_attention(Napi::Object object, void* kernels);

}  // namespace pathact
