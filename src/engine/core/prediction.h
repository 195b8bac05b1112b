// Which positions a decoded token sees in full precision, and who says so (SpeCache, arXiv 2503.16163, section 3).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace pathact {

enum class Predictor {
  exact,        // the token's own queries, over the low-bit copy, before it attends
  speculative,  // a guess of the token, one step earlier, as a second row that is never kept (the paper's)
  previous,     // the queries of the token before
  none,         // nobody: no position is (KIVI, arXiv 2402.02750)
};

// What is prepared for a token's step. Void unless that stands at `position`.
struct Prediction {
  int position = -1;
  int32_t guess = -1;           // of the token after the one at `position`
  std::vector<int32_t> chosen;  // (layers, kv_heads, fetch) positions, ascending
};

// A sequence's. A step that is not taken to its end changes only what the next one begins by forgetting.
struct Predictions {
  Prediction now;    // by the last step that was
  Prediction first;  // by the running step's own token, where that left nothing for it
  Prediction next;   // by the running step

  // The one that serves a step at `position`, or nullptr.
  Prediction* of(int position) {
    return now.position == position ? &now : first.position == position ? &first : nullptr;
  }
  void begin_step() { first.position = next.position = -1; }
  void end_step(int length) {
    if (next.position == length) std::swap(now, next);
  }
};

}  // namespace pathact
