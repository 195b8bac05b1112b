// RMS norm, rotary position embedding and gated activations.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pathact::PATHACT_LEVEL {

static void rms_norm(const float* x, const float* weight, size_t n, float eps, float* out) {
  Vec squares = Vec::zero();
  size_t i = 0;
  for (; i + Vec::width <= n; i += Vec::width) squares = fma(Vec::load(x + i), Vec::load(x + i), squares);
  float sum = squares.sum();
  for (; i < n; i++) sum += x[i] * x[i];
  const float scale = 1.0f / std::sqrt(sum / float(n) + eps);
  for (i = 0; i < n; i++) out[i] = x[i] * scale * weight[i];
}

static void rope(float* x, const float* cos_sin, int n_rot, bool neox) {
  const int half = n_rot / 2;
  for (int i = 0; i < half; i++) {
    float& a = x[neox ? i : 2 * i];
    float& b = x[neox ? i + half : 2 * i + 1];
    const float c = cos_sin[2 * i], s = cos_sin[2 * i + 1], a0 = a;
    a = a0 * c - b * s;
    b = a0 * s + b * c;
  }
}

static void silu_gate(float* gate, const float* up, size_t n) {
  for (size_t i = 0; i < n; i += Vec::width) {
    const Vec g = Vec::load(gate + i);
    const Vec silu = g / (Vec::all(1.0f) + exp(Vec::zero() - g));
    (silu * Vec::load(up + i)).store(gate + i);
  }
}

// GELU in its tanh form: 0.5 g (1 + tanh(z)) = g / (1 + e^-2z), z = sqrt(2/pi) (g + 0.044715 g^3).
static void gelu_gate(float* gate, const float* up, size_t n) {
  for (size_t i = 0; i < n; i += Vec::width) {
    const Vec g = Vec::load(gate + i);
    const Vec z = g * fma(g * g, Vec::all(0.044715f), Vec::all(1.0f)) * Vec::all(-2.0f * 0.79788456080286536f);
    ((g / (Vec::all(1.0f) + exp(z))) * Vec::load(up + i)).store(gate + i);
  }
}

}  // namespace pathact::PATHACT_LEVEL
