// CRC-32C (Castagnoli), as storage systems use it: what was written is compared with what is read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pathact {

// Continues from `seed`, 0 at the beginning.
uint32_t crc32c(const void* data, size_t bytes, uint32_t seed = 0);

}  // namespace pathact
