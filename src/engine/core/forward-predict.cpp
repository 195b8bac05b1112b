// SpeCache's predictors (arXiv 2503.16163, section 3): what a row fetches, and what it chooses for the next token.
#include <algorithm>

#include "forward.h"

namespace pathact {

// What rows that attend to the low-bit copy fetch, and which of them choose for the next token. With `speculative`,
// a row for the guess of the next token follows each of them; it is never kept.
KvError Forward::plan(std::span<const Row> rows) {
  for (const Row& row : rows) row.sequence->predictions.begin_step();
  planned_.clear();
  const bool is_speculative = low_bit_.predictor == Predictor::speculative;
  if (is_speculative) {
    if (KvError error = find_first_guesses(rows)) return error;
  }
  float* guess_logits = guess_logits_.data();
  for (Row row : rows) {
    Predictions& predictions = row.sequence->predictions;
    const bool is_foreseen = is_speculative || low_bit_.predictor == Predictor::previous;
    if (!is_mixed(row) || !is_foreseen) {
      planned_.push_back(row);
      continue;
    }
    make_room(predictions.next);
    row.predicted = predictions.of(row.position);
    const int next = row.position + 1;
    if (!is_speculative) row.chooses_for = predictions.next.position = next;
    planned_.push_back(row);
    if (!is_speculative || next >= hp_.context_length) continue;
    Row guess{row.sequence, next, row.guess >= 0 ? row.guess : row.predicted->guess, guess_logits, false, true};
    guess.is_kept = false;
    guess.predicted = row.predicted;
    guess.chooses_for = predictions.next.position = next;
    planned_.push_back(guess);
    guess_logits += hp_.vocabulary;
  }
  return {};
}

// Where there is no guess yet: rows run once alone, with nothing fetched, and nothing of it is kept but the guess and
// the choice for the row itself.
KvError Forward::find_first_guesses(std::span<const Row> rows) {
  if (KvError error = reserve_guesses(rows)) return error;
  std::vector<Row> first;
  float* guess_logits = guess_logits_.data();
  for (const Row& row : rows) {
    if (!is_mixed(row) || row.sequence->predictions.of(row.position)) continue;
    Row alone{row.sequence, row.position, row.token, guess_logits, false, true};
    alone.is_kept = alone.fetches = false;
    alone.chooses_for = row.position;
    make_room(row.sequence->predictions.next);
    first.push_back(alone);
    guess_logits += hp_.vocabulary;
  }
  if (KvError error = run_chunks(first)) return error;
  take_guesses(first);
  for (const Row& row : first) {
    Predictions& predictions = row.sequence->predictions;
    std::swap(predictions.first, predictions.next);
    predictions.first.position = row.position;
  }
  return {};
}

KvError Forward::reserve_guesses(std::span<const Row> rows) {
  const auto mixed = std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return is_mixed(row); });
  const size_t room = size_t(mixed) * size_t(hp_.vocabulary);
  if (room <= guess_room_) return {};
  guess_room_ = 0;
  if (!guess_logits_.allocate(room)) return {"out of memory for the logits of guesses", false};
  guess_room_ = room;
  return {};
}

// The likeliest token after each row that chooses and is not kept.
void Forward::take_guesses(std::span<const Row> rows) {
  for (const Row& row : rows) {
    // Of a sequence that was dropped there are no logits; what it is given here is not used.
    if (row.is_kept) continue;
    const float* likeliest = std::max_element(row.logits, row.logits + hp_.vocabulary);
    row.sequence->predictions.next.guess = int32_t(likeliest - row.logits);
  }
}

// Before threads write to its parts.
void Forward::make_room(Prediction& prediction) const {
  prediction.chosen.resize(size_t(hp_.layers * hp_.kv_heads) * size_t(low_bit_.fetch));
}

// One layer's and head's part of what was chosen.
int32_t* Forward::chosen_of(Prediction& prediction, int layer, int kv_head) const {
  return prediction.chosen.data() + size_t(layer * hp_.kv_heads + kv_head) * size_t(low_bit_.fetch);
}

}  // namespace pathact
