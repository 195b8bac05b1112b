// SpeCache's predictors (arXiv 2503.16163, section 3): what a row fetches, and what it chooses for the next token.
#include <algorithm>

#include "forward.h"

namespace pathact {

// What rows that attend to the low-bit copy fetch, and which of them choose for the next token. With `speculative`,
// a row for the guess of the next token follows each of them; it is never kept.
KvError Forward::plan(std::span<const Row> rows) {
  planned_.clear();
  size_t guesses = 0;
  if (low_bit_.predictor == Predictor::speculative) {
    if (KvError error = find_first_guesses(rows)) return error;
  }
  for (Row row : rows) {
    const Prediction& prediction = row.sequence->prediction;
    const bool is_predicted = prediction.position == row.position;
    row.fetches = is_predicted ? Fetches::predicted : Fetches::own_choice;
    if (!is_mixed(row) || low_bit_.predictor == Predictor::exact || low_bit_.predictor == Predictor::none) {
      row.fetches = Fetches::own_choice;
    } else if (low_bit_.predictor == Predictor::previous) {
      row.chooses_for = row.position + 1;
    } else if (row.position + 1 < hp_.context_length) {
      planned_.push_back(row);
      row.position++;
      row.token = row.guess >= 0 ? row.guess : prediction.guess;
      row.logits = guess_logits_.data() + guesses++ * size_t(hp_.vocabulary);
      row.hidden = false;
      row.is_kept = false;
      row.chooses_for = row.position;
    }
    planned_.push_back(row);
  }
  return {};
}

// Where there is no guess yet: rows run once alone, with nothing fetched, and nothing of it is kept but the guess and
// the choice for the row itself.
KvError Forward::find_first_guesses(std::span<const Row> rows) {
  const size_t vocabulary = size_t(hp_.vocabulary);
  if (!guess_logits_.allocate(std::max(size_t(1), rows.size()) * vocabulary))
    return {"out of memory for the logits of guesses", false};
  std::vector<Row> first;
  for (Row row : rows) {
    if (!is_mixed(row) || row.sequence->prediction.position == row.position) continue;
    row.logits = guess_logits_.data() + first.size() * vocabulary;
    row.hidden = false;
    row.is_kept = false;
    row.fetches = Fetches::nothing;
    row.chooses_for = row.position;
    first.push_back(row);
  }
  return run_chunks(first);
}

// The choice of a pass that ended well is there for the token at `chooses_for`, and the likeliest token after it.
void Forward::take_over(std::span<const Row> rows) {
  for (const Row& row : rows) {
    if (row.chooses_for < 0 || row.sequence->dropped) continue;
    Prediction& prediction = row.sequence->prediction;
    std::swap(prediction.chosen, prediction.next);
    prediction.position = row.chooses_for;
    if (!row.is_kept)
      prediction.guess = int32_t(std::max_element(row.logits, row.logits + hp_.vocabulary) - row.logits);
  }
}

// One layer's and head's part of such a list.
int32_t* Forward::chosen_of(std::vector<int32_t>& chosen, int layer, int kv_head) const {
  chosen.resize(size_t(hp_.layers * hp_.kv_heads) * size_t(low_bit_.fetch));
  return chosen.data() + size_t(layer * hp_.kv_heads + kv_head) * size_t(low_bit_.fetch);
}

}  // namespace pathact
