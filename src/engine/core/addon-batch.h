// What JavaScript passes in lists: batches of tokens, names of blocks.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "forward-worker.h"

namespace pathact {

enum class Failure { type, range, other };

// Throws; undefined.
Napi::Value fail(Napi::Env env, Failure failure, const std::string& message);

// { sequence: handle, tokens: Int32Array, logits: 0 none | 1 last | 2 all | 3 states of all, lowBit, guess },
// unchecked.
struct BatchEntry {
  Napi::Value sequence, tokens, logits, low_bit, guess;
};

// All of these throw and give false after a wrong argument, or where a getter threw.

// What is read may be anything.
bool read_list(Napi::Array list, std::vector<Napi::Value>& values);
bool read_entries(Napi::Env env, Napi::Value value, std::vector<BatchEntry>& entries);
// Checks an entry, adds it to the job and its logits to the results. `floats`: of all results so far.
bool add_entry(Napi::Env env, const BatchEntry& entry, const Engine& engine, const std::shared_ptr<Sequence>& sequence,
               Job& job, Napi::Array results, double& floats);
// A list of { path, key }.
bool read_names(Napi::Env env, Napi::Value value, std::vector<NamedBlock>& blocks);

}  // namespace pathact
