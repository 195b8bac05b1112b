// Dot products of weight rows with activation rows.
// Each (weight row, activation row) pair adds up in one order, whatever rows are beside it: a token's logits do not
// depend on its batch, bit for bit.
#pragma once

#include <utility>

#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

static size_t panel_bytes(TensorType type, size_t columns) {
  size_t bytes = 0;
  with_format(type, [&](auto format) { bytes = Panel<decltype(format)>::bytes(columns / 32); });
  return bytes;
}

static void pack_panel(TensorType type, const uint8_t* rows, size_t row_bytes, int count, size_t columns,
                       uint8_t* panel) {
  std::memset(panel, 0, panel_bytes(type, columns));
  with_format(type, [&](auto format) {
    using Format = decltype(format);
    using Shape = Panel<Format>;
    for (size_t b = 0; b < columns / 32; b++) {
      for (int row = 0; row < count; row++) {
        const Block block = Format::read(rows + size_t(row) * row_bytes, b);
        Format::Scales::pack(block, row, panel + Shape::header_at(b), panel + Shape::scales_at(b));
        Format::Codes::pack(block.code, row, panel + Shape::codes_at(b));
      }
    }
  });
}

// The dot products of values 4 * first to 4 * (first + count) - 1 of a block, as integers.
template <class Codes, int R, int first, int... v>
static inline void dot_block(const uint8_t* codes, const uint8_t* q, Ints* dots, std::integer_sequence<int, v...>) {
  const auto add = [&](Bytes w, const uint8_t* x) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) dots[r] = dot4<Codes::wide>(dots[r], w, x + 32 * r);
  };
  (add(Codes::template read<first + v>(codes), q + 4 * (first + v)), ...);
}

// One block of a panel with R activation rows.
template <class Format, int part, int R>
static inline void add_part(const uint8_t* codes, const uint8_t* x, const Floats& d, Floats* sums) {
  using Codes = typename Format::Codes;
  constexpr int parts = Format::Scales::parts, count = 8 / parts;
  // Codes are what they stand for plus an offset: start from -offset * (sum of the activations).
  constexpr int offset = Codes::wide && wide_is_signed ? 0 : Codes::offset;
  const int32_t* totals = reinterpret_cast<const int32_t*>(x + 40 * R);
  const float* scales = reinterpret_cast<const float*>(x + 32 * R);
  Ints dots[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    const int total = parts == 2 ? totals[2 * r + part] : totals[2 * r] + totals[2 * r + 1];
    dots[r] = all_ints(offset ? -offset * total : 0);
  }
  dot_block<Codes, R, part * count>(codes, x, dots, std::make_integer_sequence<int, count>());
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) sums[r] = fma(to_floats(dots[r]) * d, all_floats(scales[r]), sums[r]);
}

template <class Format, int R>
static void dot_panel_rows(const uint8_t* panel, size_t blocks, const uint8_t* x, float* out) {
  using Shape = Panel<Format>;
  using Scales = typename Format::Scales;
  Floats sums[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) sums[r] = all_floats(0);
  for (size_t b = 0; b < blocks; b++, x += ActivationTile::row_bytes * R) {
    const uint8_t* codes = panel + Shape::codes_at(b);
    const auto scales = Scales::read(panel + Shape::header_at(b), panel + Shape::scales_at(b));
    add_part<Format, 0, R>(codes, x, scales.d[0], sums);
    if constexpr (Scales::parts == 2) add_part<Format, 1, R>(codes, x, scales.d[1], sums);
    if constexpr (Scales::has_minimum) {
      const float* scaled_sums = reinterpret_cast<const float*>(x + 36 * R);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) sums[r] = fma(scales.minimum, all_floats(scaled_sums[r]), sums[r]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) store(sums[r], out + r * panel_rows);
}

static void dot_panel(TensorType type, const uint8_t* panel, ActivationTile x, float* out) {
  with_format(type, [&](auto format) {
    using Format = decltype(format);
    const size_t blocks = x.columns / 32;
    switch (x.rows) {
      case 1: return dot_panel_rows<Format, 1>(panel, blocks, x.base, out);
      case 2: return dot_panel_rows<Format, 2>(panel, blocks, x.base, out);
      case 3: return dot_panel_rows<Format, 3>(panel, blocks, x.base, out);
      case 4: return dot_panel_rows<Format, 4>(panel, blocks, x.base, out);
      case 5: return dot_panel_rows<Format, 5>(panel, blocks, x.base, out);
      case 6: return dot_panel_rows<Format, 6>(panel, blocks, x.base, out);
      case 7: return dot_panel_rows<Format, 7>(panel, blocks, x.base, out);
      case 8: return dot_panel_rows<Format, 8>(panel, blocks, x.base, out);
    }
  });
}

template <int R>
static inline void dot_floats_tile(const float* w, const float* x, size_t stride, size_t n, float* out) {
  Vec sums[R];
  for (Vec& sum : sums) sum = Vec::zero();
  size_t i = 0;
  for (; i + Vec::width <= n; i += Vec::width) {
    const Vec weights = Vec::load(w + i);
    for (int r = 0; r < R; r++) sums[r] = fma(weights, Vec::load(x + size_t(r) * stride + i), sums[r]);
  }
  for (int r = 0; r < R; r++) {
    out[r] = sums[r].sum();
    for (size_t j = i; j < n; j++) out[r] += w[j] * x[size_t(r) * stride + j];
  }
}

static void dot_floats(const float* w, const float* x, size_t stride, size_t n, int rows, float* out) {
  int r = 0;
  for (; r + activation_tile <= rows; r += activation_tile)
    dot_floats_tile<activation_tile>(w, x + size_t(r) * stride, stride, n, out + r);
  for (; r < rows; r++) dot_floats_tile<1>(w, x + size_t(r) * stride, stride, n, out + r);
}

}  // namespace pathact::PATHACT_LEVEL
