// Blocks to and from lasting files, on a libuv thread, as promises.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "forward-worker.h"

namespace pathact {

// Counts as a forward pass: none runs meanwhile.
class KeepWorker : public Napi::AsyncWorker {
 public:
  KeepWorker(Napi::Env env, std::shared_ptr<Engine> engine, std::vector<NamedBlock> blocks)
      : Napi::AsyncWorker(env, "pathact.keep"),
        deferred_(Napi::Promise::Deferred::New(env)),
        engine_(std::move(engine)),
        blocks_(std::move(blocks)) {
    engine_->running = true;
  }
  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    if (const KvError error = engine_->forward->keep(blocks_)) SetError(error.what);
  }
  void OnOK() override {
    engine_->running = false;
    deferred_.Resolve(Env().Undefined());
  }
  void OnError(const Napi::Error& error) override {
    engine_->running = false;
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Engine> engine_;
  std::vector<NamedBlock> blocks_;
};

// Reads blocks one after the other into a part, up to the first that is missing or damaged.
class LoadWorker : public Napi::AsyncWorker {
 public:
  using Hold = std::function<uint64_t(std::shared_ptr<Sequence>)>;

  LoadWorker(Napi::Env env, std::shared_ptr<Engine> engine, std::vector<NamedBlock> blocks,
             std::shared_ptr<Sequence> part, Napi::ObjectReference core, Hold hold)
      : Napi::AsyncWorker(env, "pathact.load"),
        deferred_(Napi::Promise::Deferred::New(env)),
        engine_(std::move(engine)),
        blocks_(std::move(blocks)),
        part_(std::move(part)),
        core_(std::move(core)),
        hold_(std::move(hold)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    for (const NamedBlock& named : blocks_) {
      auto block = std::make_shared<KvBlock>();
      if (const KvError error = load(named, *block)) {
        damaged_ = error.lost;
        return;
      }
      part_->blocks.push_back(std::move(block));
      part_->length += kv_block;
    }
  }
  void OnOK() override {
    Napi::Object result = Napi::Object::New(Env());
    result.Set("damaged", damaged_);
    result.Set("part", double(hold_(part_)));
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  KvError load(const NamedBlock& named, KvBlock& block) const {
    const LowBitSettings& low_bit = engine_->low_bit;
    if (KvError error = BlockFile::open(named.path, named.key, part_->shape, low_bit, block.file)) return error;
    if (low_bit.bits) {
      if (!block.low_bit.allocate(low_bit.block_bytes(part_->shape), part_->memory)) return {"out of memory", false};
      if (KvError error = block.file->read_low_bit(block.low_bit.data())) return error;
    }
    if (low_bit.in_file()) return {};
    if (KvError error = restore(block, part_->shape, part_->memory)) return error;
    block.file.reset();
    return {};
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Engine> engine_;
  std::vector<NamedBlock> blocks_;
  std::shared_ptr<Sequence> part_;
  Napi::ObjectReference core_;  // keeps the object that holds the part
  Hold hold_;
  bool damaged_ = false;
};

}  // namespace pathact
