// The door to JavaScript: checks arguments and converts.
#include <napi.h>

#include <memory>
#include <unordered_map>

#include "addon-batch.h"
#include "addon-convert.h"
#include "addon-kernels.h"
#include "addon-options.h"
#include "block-workers.h"
#include "forward-worker.h"
#include "repack.h"

namespace pathact {

namespace {

class Core : public Napi::ObjectWrap<Core> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Core",
        {InstanceMethod<&Core::create_sequence>("createSequence"), InstanceMethod<&Core::length>("length"),
         InstanceMethod<&Core::truncate>("truncate"), InstanceMethod<&Core::share>("share"),
         InstanceMethod<&Core::free>("free"), InstanceMethod<&Core::forward>("forward"),
         InstanceMethod<&Core::drop>("drop"), InstanceMethod<&Core::close>("close"),
         InstanceAccessor<&Core::simd>("simd"), InstanceAccessor<&Core::kv_bytes>("kvBytes"),
         InstanceAccessor<&Core::kv_block_bytes>("kvBlockBytes"),
         InstanceAccessor<&Core::kv_token_bytes>("kvTokenBytes"),
         InstanceAccessor<&Core::kv_sequence_bytes>("kvSequenceBytes"), InstanceMethod<&Core::is_damaged>("isDamaged"),
         InstanceMethod<&Core::keep>("keep"), InstanceMethod<&Core::load>("load")});
  }

  explicit Core(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Core>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsObject()) {
      fail(env, Failure::type, "options are missing");
      return;
    }
    CoreOptions options;
    if (const std::string wrong = read_options(info[0].As<Napi::Object>(), options); !wrong.empty()) {
      fail(env, Failure::type, wrong);
      return;
    }
    if (options.threads < 1 || options.threads > 256) {
      fail(env, Failure::range, "threads is not between 1 and 256");
      return;
    }
    if (const std::string wrong =
            check(options.low_bit, options.hp.head_dim, options.hp.heads / std::max(1, options.hp.kv_heads));
        !wrong.empty()) {
      fail(env, Failure::range, wrong);
      return;
    }
    const Kernels* kernels = select_kernels(options.simd.c_str());
    if (!kernels) {
      fail(env, Failure::range, "this machine or build has no SIMD level \"" + options.simd + "\"");
      return;
    }
    auto engine = std::make_shared<Engine>();
    std::string error = load_model(options.path, options.hp, options.tensors, engine->model);
    if (error.empty()) error = repack(engine->model, *kernels, options.threads);
    if (!error.empty()) {
      fail(env, Failure::other, error);
      return;
    }
    engine->kv_memory = std::make_shared<KvMemory>(options.low_bit.in_file());
    engine->forward =
        std::make_unique<Forward>(engine->model, *kernels, options.threads, options.low_bit, engine->kv_memory);
    engine->low_bit = options.low_bit;
    engine_ = std::move(engine);
    simd_ = kernels->name;
  }

 private:
  Napi::Value simd(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), simd_); }

  Napi::Value kv_bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), engine_ ? double(engine_->kv_memory->bytes()) : 0);
  }

  Napi::Value kv_block_bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), engine_ ? double(block_bytes(empty_sequence()->shape)) : 0);
  }

  size_t block_bytes(const KvShape& shape) const {
    const LowBitSettings& low_bit = engine_->low_bit;
    return (low_bit.in_file() ? 0 : shape.block_bytes()) + (low_bit.bits ? low_bit.block_bytes(shape) : 0);
  }

  Napi::Value kv_token_bytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), engine_ ? double(empty_sequence()->shape.block_bytes() / kv_block) : 0);
  }

  // What a sequence that is in use has in memory beside its blocks' share.
  Napi::Value kv_sequence_bytes(const Napi::CallbackInfo& info) {
    if (!engine_ || !engine_->low_bit.bits) return Napi::Number::New(info.Env(), 0);
    const KvShape shape = empty_sequence()->shape;
    const size_t fetched = size_t(shape.layers) * size_t(shape.kv_heads) * 2 * size_t(engine_->low_bit.fetch) *
                           shape.head_dim_padded() * sizeof(uint16_t);
    // A guess may begin a block before the token before it has filled its own.
    const size_t most = engine_->low_bit.predictor == Predictor::speculative ? 3 : 2;
    const size_t recent = engine_->low_bit.in_file() ? most : 0;
    return Napi::Number::New(info.Env(), double(recent * shape.block_bytes() + fetched));
  }

  std::shared_ptr<Sequence> empty_sequence() const {
    const HyperParameters& hp = engine_->model.hp;
    auto sequence = std::make_shared<Sequence>();
    sequence->shape = {hp.layers, hp.kv_heads, hp.head_dim};
    sequence->memory = engine_->kv_memory;
    return sequence;
  }

  Napi::Value hold(Napi::Env env, std::shared_ptr<Sequence> sequence) {
    sequences_.emplace(++last_handle_, std::move(sequence));
    return Napi::Number::New(env, double(last_handle_));
  }

  // Optional: a list of the handles whose keys and values it begins with, one after the other.
  Napi::Value create_sequence(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!engine_) return fail(env, Failure::other, "the engine is closed");
    auto sequence = empty_sequence();
    if (info[0].IsUndefined()) return hold(env, std::move(sequence));
    if (!info[0].IsArray()) return fail(env, Failure::type, "the parts are not a list");
    std::vector<Napi::Value> parts;
    if (!read_list(info[0].As<Napi::Array>(), parts)) return env.Undefined();
    if (!engine_) return fail(env, Failure::other, "the engine is closed");
    for (const Napi::Value handle : parts) {
      const auto part = find(env, handle);
      if (!part) return env.Undefined();
      if (part->busy) return fail(env, Failure::other, "the sequence is in a running forward pass");
      if (sequence->length % kv_block != 0)
        return fail(env, Failure::range, "only the last part may end within a block of 64 tokens");
      if (part->length > engine_->model.hp.context_length - sequence->length)
        return fail(env, Failure::range, "the parts pass the context length");
      sequence->append(*part);
    }
    return hold(env, std::move(sequence));
  }

  // The tokens [from, to) of a sequence or part, as a part.
  Napi::Value share(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto sequence = find(env, info[0]);
    if (!sequence) return env.Undefined();
    const auto from = safe_integer(info[1]), to = safe_integer(info[2]);
    if (!from || !to || *from > *to || *to > uint64_t(sequence->length) || *from % kv_block != 0)
      return fail(env, Failure::range, "a part runs from a whole block of 64 tokens to a token that is there");
    if (sequence->busy) return fail(env, Failure::other, "the sequence is in a running forward pass");
    return hold(env, sequence->share(int(*from), int(*to)));
  }

  // Takes a sequence out of the forward pass that it is in, between two layers. One that is in none (it may have been
  // freed, or the engine closed) is passed over.
  Napi::Value drop(const Napi::CallbackInfo& info) {
    const auto handle = safe_integer(info[0]);
    if (!handle) return fail(info.Env(), Failure::type, "the sequence is not a handle");
    const auto found = sequences_.find(*handle);
    if (found != sequences_.end() && found->second->busy) found->second->dropped = true;
    return info.Env().Undefined();
  }

  Napi::Value length(const Napi::CallbackInfo& info) {
    const auto sequence = find(info.Env(), info[0]);
    return sequence ? Napi::Number::New(info.Env(), sequence->length) : info.Env().Undefined();
  }

  Napi::Value truncate(const Napi::CallbackInfo& info) {
    const auto sequence = find(info.Env(), info[0]);
    if (!sequence) return info.Env().Undefined();
    const auto length = safe_integer(info[1]);
    if (!length || *length > uint64_t(sequence->length)) {
      return fail(info.Env(), Failure::range, "a sequence can only be cut to a whole number of tokens that it has");
    }
    if (sequence->busy) return fail(info.Env(), Failure::other, "the sequence is in a running forward pass");
    sequence->truncate(int(*length));
    return info.Env().Undefined();
  }

  Napi::Value free(const Napi::CallbackInfo& info) {
    if (!find(info.Env(), info[0])) return info.Env().Undefined();
    sequences_.erase(uint64_t(info[0].As<Napi::Number>().Int64Value()));
    return info.Env().Undefined();
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    sequences_.clear();
    engine_.reset();
    return info.Env().Undefined();
  }

  // Whether a block of the sequence or part must be computed again.
  Napi::Value is_damaged(const Napi::CallbackInfo& info) {
    const auto sequence = find(info.Env(), info[0]);
    if (!sequence) return info.Env().Undefined();
    const bool damaged = std::any_of(sequence->blocks.begin(), sequence->blocks.end(),
                                     [](const auto& block) { return block->is_damaged.load(); });
    return Napi::Boolean::New(info.Env(), damaged);
  }

  // (sequence, index of the first block, list of { path, key }): names the files of whole blocks. A promise.
  Napi::Value keep(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::vector<NamedBlock> blocks;
    if (!read_names(env, info[2], blocks)) return env.Undefined();
    const auto sequence = find(env, info[0]);
    if (!sequence) return env.Undefined();
    if (!engine_ || engine_->running) return fail(env, Failure::other, "the engine is closed or at work");
    const auto first = safe_integer(info[1]);
    if (!first || *first + blocks.size() > size_t(sequence->length / kv_block))
      return fail(env, Failure::range, "only whole blocks that are there can be kept");
    for (size_t i = 0; i < blocks.size(); i++) blocks[i].block = sequence->blocks[*first + i];
    auto* worker = new KeepWorker(env, engine_, std::move(blocks));
    const Napi::Promise promise = worker->promise();
    worker->Queue();
    return promise;
  }

  // (list of { path, key }): what `keep` left, as far as it is there and sound: { part, damaged } in a promise.
  Napi::Value load(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::vector<NamedBlock> blocks;
    if (!read_names(env, info[0], blocks)) return env.Undefined();
    if (!engine_) return fail(env, Failure::other, "the engine is closed");
    if (blocks.size() > size_t(engine_->model.hp.context_length / kv_block))
      return fail(env, Failure::range, "the blocks pass the context length");
    auto part = empty_sequence();
    part->is_part = true;
    auto* worker =
        new LoadWorker(env, engine_, std::move(blocks), part, Napi::Persistent(info.This().As<Napi::Object>()),
                       [this](std::shared_ptr<Sequence> loaded) {
                         sequences_.emplace(++last_handle_, std::move(loaded));
                         return last_handle_;
                       });
    const Napi::Promise promise = worker->promise();
    worker->Queue();
    return promise;
  }

  // Batch: list of { sequence: handle, tokens: Int32Array, logits: 0 none | 1 last | 2 all | 3 states of all }.
  Napi::Value forward(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!engine_) return fail(env, Failure::other, "the engine is closed");
    if (engine_->running) return fail(env, Failure::other, "a forward pass is running");
    // All that may run JavaScript (getters) comes first: the checks below hold until the pass has begun.
    std::vector<BatchEntry> entries;
    if (!read_entries(env, info[0], entries)) return env.Undefined();
    if (!engine_) return fail(env, Failure::other, "the engine is closed");
    if (engine_->running) return fail(env, Failure::other, "a forward pass is running");
    Job job;
    Napi::Array results = Napi::Array::New(env, entries.size());
    double floats = 0;
    for (const BatchEntry& entry : entries) {
      const auto sequence = find(env, entry.sequence);
      if (!sequence || !add_entry(env, entry, *engine_, sequence, job, results, floats)) return env.Undefined();
    }
    auto* worker = new ForwardWorker(env, engine_, std::move(job), results);
    const Napi::Promise promise = worker->promise();
    worker->Queue();
    return promise;
  }

  std::shared_ptr<Sequence> find(Napi::Env env, Napi::Value value) {
    const auto handle = safe_integer(value);
    const auto found = handle ? sequences_.find(*handle) : sequences_.end();
    if (found != sequences_.end()) return found->second;
    fail(env, Failure::range, "no such sequence; it was freed or belongs to another engine");
    return nullptr;
  }

  std::shared_ptr<Engine> engine_;
  std::unordered_map<uint64_t, std::shared_ptr<Sequence>> sequences_;
  uint64_t last_handle_ = 0;
  std::string simd_;
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Core", Core::define(env));
  exports.Set("convertRows", Napi::Function::New(env, convert_rows, "convertRows"));
  exports.Set("kernels", Napi::Function::New(env, kernels_for_tests, "kernels"));
  exports.Set("readBandwidth", Napi::Function::New(env, read_bandwidth, "readBandwidth"));
  exports.Set("bestSimd", Napi::String::New(env, select_kernels("auto")->name));
  return exports;
}

}  // namespace

NODE_API_MODULE(pathact_core, init)

}  // namespace pathact
