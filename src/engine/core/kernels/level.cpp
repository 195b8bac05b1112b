// Compiled once a SIMD level, with that level's flags and PATHACT_LEVEL as its namespace.
#include "kernels/attention.h"
#include "kernels/convert.h"
#include "kernels/dot.h"
#include "kernels/elementwise.h"
#include "kernels/formats.h"
#include "kernels/kernels.h"
#include "kernels/mixed-attention.h"
#include "kernels/quantise-block.h"
#include "kernels/quantise-row.h"

#define PATHACT_TEXT_(x) #x
#define PATHACT_TEXT(x) PATHACT_TEXT_(x)

namespace pathact::PATHACT_LEVEL {

extern const Kernels kernels;
const Kernels kernels = {
    .name = PATHACT_TEXT(PATHACT_LEVEL),
    .to_float = to_float,
    .to_half = to_half,
    .quantise_row = quantise_row,
    .panel_bytes = panel_bytes,
    .pack_panel = pack_panel,
    .dot_panel = dot_panel,
    .dot_floats = dot_floats,
    .attend = attend,
    .quantise_block = quantise_block,
    .score_mixed = score_mixed,
    .weigh_mixed = weigh_mixed,
    .choose_mixed = choose_mixed,
    .replace_mixed = replace_mixed,
    .mix_mixed = mix_mixed,
    .rms_norm = rms_norm,
    .rope = rope,
    .silu_gate = silu_gate,
    .gelu_gate = gelu_gate,
};

}  // namespace pathact::PATHACT_LEVEL
