// A forward pass on a libuv thread, as a promise.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "forward.h"

namespace pathact {

// Everything of one loaded model. A forward pass in flight holds it, so closing never pulls it away.
struct Engine {
  Model model;
  std::unique_ptr<Forward> forward;
  LowBitSettings low_bit;
  std::shared_ptr<KvMemory> kv_memory;
  bool running = false;
};

// What a forward pass reads and writes; lives until its promise is settled.
struct Job {
  std::vector<std::shared_ptr<Sequence>> sequences;
  std::vector<int> tokens_added;
  std::vector<Row> rows;
};

class ForwardWorker : public Napi::AsyncWorker {
 public:
  ForwardWorker(Napi::Env env, std::shared_ptr<Engine> engine, Job job, Napi::Array results)
      : Napi::AsyncWorker(env, "pathact.forward"),
        deferred_(Napi::Promise::Deferred::New(env)),
        engine_(std::move(engine)),
        job_(std::move(job)),
        results_(Napi::Persistent(results.As<Napi::Object>())) {
    engine_->running = true;
    for (const auto& sequence : job_.sequences) {
      sequence->busy = true;
      sequence->dropped = false;
    }
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    const int guesses = engine_->low_bit.predictor == Predictor::speculative ? 1 : 0;  // room for one each
    for (size_t i = 0; i < job_.sequences.size(); i++) {
      Sequence& sequence = *job_.sequences[i];
      const int tokens = sequence.length + job_.tokens_added[i] + guesses;
      if (const KvError error = sequence.reserve(std::min(tokens, engine_->model.hp.context_length)))
        return fail(error);
    }
    if (const KvError error = engine_->forward->run(job_.rows)) fail(error);
  }
  void OnOK() override {
    for (size_t i = 0; i < job_.sequences.size(); i++) {
      Sequence& sequence = *job_.sequences[i];
      if (!sequence.dropped) {
        sequence.length += job_.tokens_added[i];
        sequence.predictions.end_step(sequence.length);
      } else {
        results_.Set(uint32_t(i), Napi::Float32Array::New(Env(), 0));
      }
      sequence.truncate(sequence.length);  // room that was not used
    }
    release();
    deferred_.Resolve(results_.Value());
  }
  void OnError(const Napi::Error& error) override {
    // Blocks reserved for tokens that never came to be.
    for (const auto& sequence : job_.sequences) sequence->truncate(sequence->length);
    release();
    if (lost_) error.Value().Set("code", "KV_LOST");
    deferred_.Reject(error.Value());
  }

 private:
  void fail(const KvError& error) {
    lost_ = error.lost;
    SetError(error.what);
  }
  void release() {
    engine_->running = false;
    for (const auto& sequence : job_.sequences) sequence->busy = false;
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Engine> engine_;
  Job job_;
  bool lost_ = false;
  Napi::ObjectReference results_;
};

}  // namespace pathact
