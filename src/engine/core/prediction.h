// Which positions a decoded token sees in full precision, and who says so (SpeCache, arXiv 2503.16163, section 3).
#pragma once

#include <cstdint>
#include <vector>

namespace pathact {

enum class Predictor {
  exact,        // the token's own queries, over the low-bit copy, before it attends
  speculative,  // a guess of the token, one step earlier, as a second row that is never kept (the paper's)
  previous,     // the queries of the token before
  none,         // nobody: no position is (KIVI, arXiv 2402.02750)
};

// What one token's step prepared for the next one's. Void unless that stands at `position`.
struct Prediction {
  int position = -1;
  int32_t guess = -1;           // of the token after the one at `position`
  std::vector<int32_t> chosen;  // (layers, kv_heads, fetch) positions, ascending
  std::vector<int32_t> next;    // those that the running pass chooses
};

}  // namespace pathact
