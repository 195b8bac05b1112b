// Weights as the kernels want them, made once when a model is loaded.
#pragma once

#include <string>

#include "model.h"

namespace pathact {

// Packs every quantised matrix that tokens are multiplied with into panels, on `threads` threads, and lets go of the
// file's pages behind it: the weights are in memory once. Empty when it worked, else what is wrong.
std::string repack(Model& model, const Kernels& kernels, int threads);

}  // namespace pathact
