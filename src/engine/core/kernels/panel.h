// How 16 weight rows lie interleaved in a panel, so that a vector's lanes are rows and no sum runs across lanes.
//
// A block is 32 values of each row. A panel is groups of blocks, each the scales of its blocks (64 bytes) and then
// their codes: scales that lay far from their codes would make two streams of memory, which halves the bandwidth or
// worse. A block's codes are unsigned, in planes of 1, 2, 4 or 8 bits: in vector i of a plane (64 bytes), byte
// 4 * row + c holds in its field k of `bits` bits the plane's part of the row's value 4 * v + c, where v = i + bits *
// k.
#pragma once

#include "kernels/lanes.h"

namespace pathact::PATHACT_LEVEL {

// 32 values of one row: value[i] = d * scale[i / 16] * (code[i] - offset) + minimum's part.
struct Block {
  uint8_t code[32];
  uint16_t d = 0, m = 0;  // as the file has them, 16 bits a float
  int scale[2] = {1, 1};  // of each half
  int minimum = 0;
};

template <int bits>
struct Plane {
  static constexpr size_t bytes = 64 * bits;

  // The plane's part of values 4 * v to 4 * v + 3, moved to bit `to`.
  template <int v, int to>
  static Bytes read(const uint8_t* plane) {
    const Bytes x = load_bytes(plane + 64 * (v % bits));
    if constexpr (bits == 8) return x;
    return shift_and_mask<to - v / bits * bits>(x, ((1 << bits) - 1) << to);
  }
  // Four codes at a time; `from` is the plane's first bit of them.
  static void pack(const uint8_t* code, int from, int row, uint8_t* plane) {
    constexpr uint32_t mask = ((1u << bits) - 1) * 0x01010101u;
    uint32_t words[8];
    std::memcpy(words, code, 32);
    for (int i = 0; i < bits; i++) {
      uint32_t fields = 0;
      for (int k = 0; k < 8 / bits; k++) fields |= (words[i + bits * k] >> from & mask) << (bits * k);
      std::memcpy(plane + 64 * i + 4 * row, &fields, 4);
    }
  }
};

template <>
struct Plane<0> {
  static constexpr size_t bytes = 0;
};

struct NoTable {
  static constexpr bool is_there = false;
};

// Codes of low_bits + high_bits; what they stand for is code - offset, or Table::values[code] - offset.
template <int low_bits, int high_bits, int offset_, class Table = NoTable>
struct Codes {
  static constexpr int offset = offset_;
  static constexpr bool wide = low_bits == 8 || Table::is_there;  // more than six bits
  static constexpr size_t bytes = Plane<low_bits>::bytes + Plane<high_bits>::bytes;

  template <int v>
  static Bytes read(const uint8_t* block) {
    Bytes codes = Plane<low_bits>::template read<v, 0>(block);
    if constexpr (high_bits > 0)
      codes = codes | Plane<high_bits>::template read<v, low_bits>(block + Plane<low_bits>::bytes);
    if constexpr (Table::is_there) codes = look_up(Table::values, codes);
    return codes;
  }
  static void pack(const uint8_t* code, int row, uint8_t* block) {
    Plane<low_bits>::pack(code, 0, row, block);
    if constexpr (high_bits > 0) Plane<high_bits>::pack(code, low_bits, row, block + Plane<low_bits>::bytes);
  }
  static int value(uint8_t code) {
    if constexpr (Table::is_there) return Table::values[code] - offset;
    return code - offset;
  }
};

// Scales as a block of 16 rows has them; `minimum` is left alone where the format has none.
template <int parts>
struct RowScales {
  Floats d[parts];
  Floats minimum;
};

// One scale a block, and one minimum where the format has them: 16 f16 (or bf16) each.
template <bool minima, bool brain = false>
struct BlockScales {
  static constexpr int parts = 1;
  static constexpr bool has_minimum = minima;
  static constexpr size_t header_bytes = 0, block_bytes = minima ? 64 : 32;

  static void pack(const Block& block, int row, uint8_t*, uint8_t* scales) {
    std::memcpy(scales + 2 * row, &block.d, 2);
    if constexpr (minima) std::memcpy(scales + 32 + 2 * row, &block.m, 2);
  }
  static RowScales<1> read(const uint8_t*, const uint8_t* scales) {
    RowScales<1> out;
    out.d[0] = brain ? load_brains(scales) : load_halves(scales);
    if constexpr (minima) out.minimum = load_halves(scales + 32);
    return out;
  }
  static float scale(const Block& block, int) { return brain ? brain_to_float(block.d) : half_to_float(block.d); }
  static float minimum(const Block& block) { return minima ? half_to_float(block.m) : 0; }
};

// 8-bit scales (one a block, or one for each half of it) and minima; a header before every 8 blocks has an f16 for
// both.
template <int parts_, bool minima>
struct SuperScales {
  static constexpr int parts = parts_;
  static constexpr bool has_minimum = minima;
  static constexpr size_t header_bytes = 64, block_bytes = 16 * (parts + minima);

  static void pack(const Block& block, int row, uint8_t* header, uint8_t* scales) {
    std::memcpy(header + 2 * row, &block.d, 2);
    if constexpr (minima) std::memcpy(header + 32 + 2 * row, &block.m, 2);
    for (int part = 0; part < parts; part++) scales[16 * part + row] = uint8_t(block.scale[part]);
    if constexpr (minima) scales[16 * parts + row] = uint8_t(block.minimum);
  }
  static RowScales<parts> read(const uint8_t* header, const uint8_t* scales) {
    const Floats d = load_halves(header);
    RowScales<parts> out;
    for (int part = 0; part < parts; part++) out.d[part] = d * load_signed(scales + 16 * part);
    if constexpr (minima) out.minimum = load_halves(header + 32) * load_signed(scales + 16 * parts) * all_floats(-1);
    return out;
  }
  static float scale(const Block& block, int part) { return half_to_float(block.d) * float(block.scale[part]); }
  static float minimum(const Block& block) { return minima ? -half_to_float(block.m) * float(block.minimum) : 0; }
};

// Where block b lies.
template <class Codes, class Scales>
struct PanelShape {
  static constexpr size_t group = 64 / Scales::block_bytes;  // blocks

  static size_t group_at(size_t b) {
    return Scales::header_bytes * (b / 8 + 1) + b / group * (64 + group * Codes::bytes);
  }
  static size_t header_at(size_t b) { return group_at(b / 8 * 8) - Scales::header_bytes; }
  static size_t scales_at(size_t b) { return group_at(b) + b % group * Scales::block_bytes; }
  static size_t codes_at(size_t b) { return group_at(b) + 64 + b % group * Codes::bytes; }
  static size_t bytes(size_t blocks) { return codes_at(blocks - 1) + Codes::bytes; }
};
template <class Format>
using Panel = PanelShape<typename Format::Codes, typename Format::Scales>;

}  // namespace pathact::PATHACT_LEVEL
