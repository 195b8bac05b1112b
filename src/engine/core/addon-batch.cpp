#include "addon-batch.h"

#include <cstring>

#include "addon-options.h"

namespace pathact {

namespace {

constexpr double most_logits = 1u << 29;  // floats in one call's results: 2 GiB

}  // namespace

Napi::Value fail(Napi::Env env, Failure failure, const std::string& message) {
  if (failure == Failure::type)
    Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  else if (failure == Failure::range)
    Napi::RangeError::New(env, message).ThrowAsJavaScriptException();
  else
    Napi::Error::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

bool read_list(Napi::Array list, std::vector<Napi::Value>& values) {
  for (uint32_t i = 0; i < list.Length(); i++) {
    values.push_back(list.Get(i));
    if (list.Env().IsExceptionPending()) return false;
  }
  return true;
}

bool read_entries(Napi::Env env, Napi::Value value, std::vector<BatchEntry>& entries) {
  std::vector<Napi::Value> batch;
  if (!value.IsArray()) return fail(env, Failure::type, "the batch is not a list"), false;
  if (!read_list(value.As<Napi::Array>(), batch)) return false;
  for (const Napi::Value item : batch) {
    if (!item.IsObject()) return fail(env, Failure::type, "a batch entry is not an object"), false;
    const Napi::Object entry = item.As<Napi::Object>();
    entries.push_back(
        {entry.Get("sequence"), entry.Get("tokens"), entry.Get("logits"), entry.Get("lowBit"), entry.Get("guess")});
    if (env.IsExceptionPending()) return false;
  }
  return true;
}

bool add_entry(Napi::Env env, const BatchEntry& entry, const Engine& engine, const std::shared_ptr<Sequence>& sequence,
               Job& job, Napi::Array results, double& floats) {
  if (sequence->is_part) return fail(env, Failure::type, "a part of a sequence computes nothing"), false;
  for (const auto& other : job.sequences) {
    if (other == sequence) return fail(env, Failure::range, "a sequence appears twice in the batch"), false;
  }
  const Napi::Value list = entry.tokens;
  const auto mode = safe_integer(entry.logits);
  if (!list.IsTypedArray() || list.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    return fail(env, Failure::type, "tokens is not an Int32Array"), false;
  }
  if (!mode || *mode > 3) return fail(env, Failure::range, "logits is not 0, 1, 2 or 3"), false;
  const Napi::Int32Array tokens = list.As<Napi::Int32Array>();
  const bool low_bit = entry.low_bit.ToBoolean().Value();
  if (low_bit && (!engine.low_bit.bits || tokens.ElementLength() != 1))
    return fail(env, Failure::range, "only single tokens, of an engine with a low-bit copy, can attend to it"), false;
  const auto guess = entry.guess.IsUndefined() ? std::nullopt : safe_integer(entry.guess);
  if (!entry.guess.IsUndefined() && (!guess || *guess >= uint64_t(engine.model.hp.vocabulary)))
    return fail(env, Failure::range, "the guess is not in the vocabulary"), false;
  const HyperParameters& hp = engine.model.hp;
  const size_t count = tokens.ElementLength();
  if (count > size_t(hp.context_length) || size_t(sequence->length) + count > size_t(hp.context_length)) {
    return fail(env, Failure::range,
                std::to_string(sequence->length) + " + " + std::to_string(count) +
                    " tokens pass the context length of " + std::to_string(hp.context_length)),
           false;
  }
  const bool hidden = *mode == 3;
  const size_t width = size_t(hidden ? hp.embedding : hp.vocabulary);
  const size_t wanted = *mode >= 2 ? count : *mode == 1 && count > 0 ? 1 : 0;
  floats += double(wanted) * double(width);
  if (floats > most_logits)
    return fail(env, Failure::range, "the logits asked for pass 2 GiB; ask in smaller batches"), false;
  const Napi::Float32Array logits = Napi::Float32Array::New(env, wanted * width);
  if (env.IsExceptionPending()) return false;
  for (size_t t = 0; t < count; t++) {
    const int32_t token = tokens[t];
    if (token < 0 || token >= hp.vocabulary)
      return fail(env, Failure::range, "token " + std::to_string(token) + " is not in the vocabulary"), false;
    const size_t from_end = count - t;
    float* out = from_end <= wanted ? const_cast<float*>(logits.Data()) + (wanted - from_end) * width : nullptr;
    job.rows.push_back(
        {sequence.get(), sequence->length + int(t), token, out, hidden, low_bit, guess ? int32_t(*guess) : -1});
  }
  job.sequences.push_back(sequence);
  job.tokens_added.push_back(int(count));
  results.Set(uint32_t(job.sequences.size()) - 1, logits);
  return true;
}

bool read_names(Napi::Env env, Napi::Value value, std::vector<NamedBlock>& blocks) {
  std::vector<Napi::Value> list;
  if (!value.IsArray()) return fail(env, Failure::type, "the blocks are not a list"), false;
  if (!read_list(value.As<Napi::Array>(), list)) return false;
  for (const Napi::Value item : list) {
    if (!item.IsObject()) return fail(env, Failure::type, "a block has no name"), false;
    const Napi::Value path = item.As<Napi::Object>().Get("path"), key = item.As<Napi::Object>().Get("key");
    if (env.IsExceptionPending()) return false;
    NamedBlock named;
    if (!path.IsString() || !key.IsTypedArray() || key.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array ||
        key.As<Napi::TypedArray>().ByteLength() != named.key.size())
      return fail(env, Failure::type, "a block's path is not a string, or its key no 32 bytes"), false;
    named.path = path.As<Napi::String>().Utf8Value();
    std::memcpy(named.key.data(), key.As<Napi::Uint8Array>().Data(), named.key.size());
    blocks.push_back(std::move(named));
  }
  return true;
}

}  // namespace pathact
