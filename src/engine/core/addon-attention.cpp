#include "addon-attention.h"

#include <algorithm>
#include <vector>

#include "addon-arguments.h"
#include "aligned.h"
#include "kv-cache.h"
#include "running-attention.h"

namespace pathact {

namespace {

// One sequence of one layer and KV head from (keys, head_dim) floats; false after a wrong argument.
bool store_all(Arguments& args, const std::vector<float>& k, const std::vector<float>& v, size_t hd,
               Sequence& sequence) {
  const size_t keys = k.size() / hd;
  if (k.empty() || k.size() != keys * hd || v.size() != k.size()) return args.fail("of the wrong length"), false;
  sequence.shape = {1, 1, int(hd)};
  if (sequence.reserve(int(keys))) return args.fail("too long"), false;
  std::vector<uint16_t> key(hd), value(hd);
  for (size_t i = 0; i < keys; i++) {
    args.kernels().to_half(k.data() + i * hd, hd, key.data());
    args.kernels().to_half(v.data() + i * hd, hd, value.data());
    sequence.store(0, 0, int(i), key.data(), value.data());
  }
  sequence.length = int(keys);
  return true;
}

// (q, k, v, head_dim, starts, lengths, run): (queries, head_dim), (keys, head_dim) twice, the keys that each query
// sees, the blocks that are taken at once.
Napi::Value attend(const Napi::CallbackInfo& info) {
  Arguments args(info);
  const std::vector<float> q = args.floats(0), k = args.floats(1), v = args.floats(2);
  const int head_dim = args.whole(3);
  const std::vector<int32_t> starts = args.ints(4), lengths = args.ints(5);
  const int run = args.whole(6);
  if (args.ok && (run < 1 || head_dim < 1 || head_dim > 1024 || q.empty() || k.empty() || lengths.empty()))
    args.fail("out of range");
  if (!args.ok) return info.Env().Undefined();
  const size_t hd = size_t(head_dim), keys = k.size() / hd, queries = lengths.size();
  const bool matching = q.size() == queries * hd && k.size() == keys * hd && v.size() == k.size();
  bool in_order = std::is_sorted(lengths.begin(), lengths.end()) && size_t(lengths.back()) <= keys &&
                  std::is_sorted(starts.begin(), starts.end()) && starts.size() == queries && starts.front() >= 0;
  for (size_t i = 0; i < queries && in_order; i++) in_order = starts[i] < lengths[i];
  if (!matching || !in_order) return args.fail("of the wrong length"), info.Env().Undefined();

  Sequence sequence;
  if (!store_all(args, k, v, hd, sequence)) return info.Env().Undefined();
  std::vector<const uint16_t*> key_blocks, value_blocks;
  for (const auto& block : sequence.blocks) {
    key_blocks.push_back(block->data.data() + sequence.shape.keys_at(0, 0));
    value_blocks.push_back(block->data.data() + sequence.shape.values_at(0, 0));
  }
  const size_t padded = sequence.shape.head_dim_padded();
  const AttendTask task{key_blocks.data(), value_blocks.data(), head_dim,      int(padded), int(queries),
                        q.data(),          starts.data(),       lengths.data()};
  std::vector<float> sums(2 * attend_sums_floats(task)), out(queries * hd);
  RunningAttention attention(args.kernels(), task, sums.data());
  for (int block = first_block(task), end; block < last_block(task); block = end) {
    end = block + std::min(run, last_block(task) - block);
    attention.add(block, end);
  }
  const float* attended = attention.finish();
  for (size_t i = 0; i < queries; i++) std::copy_n(attended + i * padded, hd, out.data() + i * hd);
  return floats_of(info.Env(), out.data(), out.size());
}

// Reads (k, v, head_dim, bits) from argument `at` on and stores them as a sequence.
bool low_bit_sequence(Arguments& args, size_t at, Sequence& sequence, LowBitSettings& settings) {
  const std::vector<float> k = args.floats(at), v = args.floats(at + 1);
  const int head_dim = args.whole(at + 2);
  settings.bits = args.whole(at + 3);
  if (args.ok && (head_dim < 1 || settings.bits < 1 || !check(settings, head_dim, 1).empty()))
    args.fail("out of range");
  return args.ok && store_all(args, k, v, size_t(head_dim), sequence);
}

// (k, v, head_dim, bits): the low-bit block of 64 keys and values.
Napi::Value quantise_block(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Sequence sequence;
  LowBitSettings settings;
  if (!low_bit_sequence(args, 0, sequence, settings)) return info.Env().Undefined();
  if (sequence.length != kv_block) return args.fail("not 64 positions"), info.Env().Undefined();
  const LowBitShape shape = settings.shape(sequence.shape);
  AlignedArray<uint8_t> block;
  if (!block.allocate(shape.bytes())) return args.fail("too long"), info.Env().Undefined();
  const uint16_t* full = sequence.blocks[0]->data.data();
  args.kernels().quantise_block(shape, full + sequence.shape.keys_at(0, 0), full + sequence.shape.values_at(0, 0),
                                block.data());
  Napi::Uint8Array out = Napi::Uint8Array::New(info.Env(), shape.bytes());
  std::memcpy(out.Data(), block.data(), shape.bytes());
  return out;
}

// (q, k, v, head_dim, bits, fetch): the last position's queries (queries, head_dim) over all keys.
Napi::Value attend_mixed(const Napi::CallbackInfo& info) {
  Arguments args(info);
  Sequence sequence;
  LowBitSettings settings;
  const std::vector<float> q = args.floats(0);
  settings.fetch = args.whole(5);
  if (!args.ok || !low_bit_sequence(args, 1, sequence, settings)) return info.Env().Undefined();
  const KvShape& kv = sequence.shape;
  const LowBitShape shape = settings.shape(kv);
  const size_t hd = size_t(kv.head_dim), queries = q.size() / hd;
  const int quantised = LowBitSettings::quantised(sequence.length - 1);
  if (q.empty() || q.size() != queries * hd || queries > most_queries || settings.fetch >= quantised)
    return args.fail("of the wrong length"), info.Env().Undefined();
  std::vector<const uint8_t*> low_bit;
  std::vector<const uint16_t*> full;
  for (const auto& block : sequence.blocks) {
    full.push_back(block->data.data());
    if (int(low_bit.size()) * kv_block >= quantised) continue;
    if (!block->low_bit.allocate(shape.bytes(), sequence.memory)) return args.fail("too long"), info.Env().Undefined();
    args.kernels().quantise_block(shape, block->data.data() + kv.keys_at(0, 0), block->data.data() + kv.values_at(0, 0),
                                  block->low_bit.data());
    low_bit.push_back(block->low_bit.data());
  }
  MixedTask task{};
  task.shape = shape;
  task.low_bit = low_bit.data();
  task.full = full.data();
  task.k_at = kv.keys_at(0, 0);
  task.v_at = kv.values_at(0, 0);
  task.length = sequence.length;
  task.quantised = quantised;
  task.queries = int(queries);
  task.q = q.data();
  std::vector<float> place(mixed_floats(task.queries, shape.channels(), full.size()));
  lay_out(task, place.data(), full.size());
  std::vector<int32_t> chosen(size_t(settings.fetch), 0);
  std::vector<uint16_t> keys(chosen.size() * shape.channels()), values(keys.size());
  const Kernels& kernels = args.kernels();
  for (int segment = 0; segment < task.segments(); segment++) kernels.score_mixed(task, segment);
  kernels.weigh_mixed(task);
  kernels.choose_mixed(task, quantised, settings.fetch, chosen.data());
  for (size_t i = 0; i < chosen.size(); i++)
    sequence.load(0, 0, chosen[i], keys.data() + i * shape.channels(), values.data() + i * shape.channels());
  const FetchedPairs pairs{settings.fetch, chosen.data(), keys.data(), values.data()};
  kernels.replace_mixed(task, pairs);
  for (int segment = 0; segment < task.segments(); segment++) kernels.mix_mixed(task, pairs, segment);
  std::vector<float> merging(queries * (shape.channels() + 2)), out(queries * hd);
  const float* merged = merge_segments(task, merging.data());
  for (size_t i = 0; i < queries; i++) std::copy_n(merged + i * shape.channels(), hd, out.data() + i * hd);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("out", floats_of(info.Env(), out.data(), queries * hd));
  Napi::Int32Array positions = Napi::Int32Array::New(info.Env(), chosen.size());
  std::copy(chosen.begin(), chosen.end(), positions.Data());
  result.Set("chosen", positions);
  return result;
}

}  // namespace

void add_attention(Napi::Object object, void* kernels) {
  const Napi::Env env = object.Env();
  object.Set("attend", Napi::Function::New(env, attend, "attend", kernels));
  object.Set("quantiseBlock", Napi::Function::New(env, quantise_block, "quantiseBlock", kernels));
  object.Set("attendMixed", Napi::Function::New(env, attend_mixed, "attendMixed", kernels));
}

}  // namespace pathact
