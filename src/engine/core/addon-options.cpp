#include "addon-options.h"

namespace pathact {

std::optional<uint64_t> safe_integer(Napi::Value value) {
  if (value.IsEmpty() || !value.IsNumber()) return std::nullopt;
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= 9007199254740991.0) || number != double(uint64_t(number))) return std::nullopt;
  return uint64_t(number);
}

namespace {

// Reads properties of one options object; the first that is wrong is remembered.
class Reader {
 public:
  explicit Reader(Napi::Object object) : object_(object) {}
  const std::string& error() const { return error_; }

  double number(const char* name) {
    const Napi::Value value = object_.Get(name);
    if (value.IsEmpty() || !value.IsNumber()) return error_ = std::string(name) + " is not a number", 0;
    return value.As<Napi::Number>().DoubleValue();
  }
  int whole(const char* name) {
    const double value = number(name);
    if (value == double(int(value < 2e9 && value > -2e9 ? value : 0.5))) return int(value);
    error_ = std::string(name) + " is not a whole number";
    return 0;
  }
  int whole_or_none(const char* name) {
    const Napi::Value value = object_.Get(name);
    return value.IsEmpty() || value.IsUndefined() ? 0 : whole(name);
  }
  bool flag(const char* name) {
    const Napi::Value value = object_.Get(name);
    return !value.IsEmpty() && value.ToBoolean().Value();
  }
  std::string text_or_none(const char* name) {
    const Napi::Value value = object_.Get(name);
    return value.IsEmpty() || value.IsUndefined() ? "" : text(name);
  }
  std::string text(const char* name) {
    const Napi::Value value = object_.Get(name);
    if (value.IsEmpty() || !value.IsString()) return error_ = std::string(name) + " is not a string", "";
    return value.As<Napi::String>().Utf8Value();
  }

 private:
  Napi::Object object_;
  std::string error_;
};

HyperParameters read_hyper_parameters(Reader& options) {
  HyperParameters hp;
  hp.layers = options.whole("layers");
  hp.embedding = options.whole("embedding");
  hp.feed_forward = options.whole("feedForward");
  hp.heads = options.whole("heads");
  hp.kv_heads = options.whole("kvHeads");
  hp.head_dim = options.whole("headDim");
  hp.rope_dims = options.whole("ropeDims");
  hp.vocabulary = options.whole("vocabulary");
  hp.context_length = options.whole("contextLength");
  hp.norm_epsilon = float(options.number("normEpsilon"));
  hp.rope_base = float(options.number("ropeBase"));
  hp.rope_scale = float(options.number("ropeScale"));
  hp.rope_neox = options.flag("ropeNeox");
  hp.gelu = options.flag("gelu");
  hp.qk_norm = options.flag("qkNorm");
  hp.post_norms = options.flag("postNorms");
  hp.embedding_scale = float(options.number("embeddingScale"));
  hp.attention_scale = float(options.number("attentionScale"));
  hp.window = options.whole("window");
  hp.global_every = options.whole("globalEvery");
  hp.local_rope_base = float(options.number("localRopeBase"));
  return hp;
}

// False for an unknown name. Without a predictor nothing is fetched.
bool read_predictor(const std::string& name, LowBitSettings& settings) {
  if (name == "speculative")
    settings.predictor = Predictor::speculative;
  else if (name == "previous")
    settings.predictor = Predictor::previous;
  else if (name == "none")
    settings.predictor = Predictor::none, settings.fetch = 0;
  else
    return name.empty() || name == "exact";
  return true;
}

std::string read_table(Napi::Value value, TensorTable& table) {
  if (value.IsEmpty() || !value.IsArray()) return "tensors is not a list";
  const Napi::Array list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value item = list.Get(i);
    if (item.IsEmpty() || !item.IsObject()) return "a tensor is not an object";
    const Napi::Object object = item.As<Napi::Object>();
    const Napi::Value name = object.Get("name"), shape = object.Get("shape");
    const auto type = safe_integer(object.Get("typeId")), offset = safe_integer(object.Get("offset"));
    const auto bytes = safe_integer(object.Get("byteLength"));
    if (!name.IsString() || !shape.IsArray() || !type || !offset || !bytes)
      return "a tensor lacks name, shape, type, offset or length";
    TensorEntry entry{uint32_t(*type), {}, *offset, *bytes};
    if (*type > 0xffffffffu) return "a tensor's type is out of range";
    for (uint32_t d = 0; d < shape.As<Napi::Array>().Length() && d < 8; d++) {
      const auto size = safe_integer(shape.As<Napi::Array>().Get(d));
      if (!size) return "a tensor's shape holds no whole numbers";
      entry.shape.push_back(*size);
    }
    table[name.As<Napi::String>().Utf8Value()] = std::move(entry);
  }
  return {};
}

}  // namespace

std::string read_options(Napi::Object object, CoreOptions& options) {
  Reader reader(object);
  options.hp = read_hyper_parameters(reader);
  options.path = reader.text("path");
  options.simd = reader.text("simd");
  options.threads = reader.whole("threads");
  options.low_bit.bits = reader.whole_or_none("lowBits");
  options.low_bit.fetch = reader.whole_or_none("fetch");
  if (!read_predictor(reader.text_or_none("predictor"), options.low_bit))
    return "predictor is not exact, speculative, previous or none";
  options.low_bit.folder = reader.text_or_none("slowFolder");
  return reader.error().empty() ? read_table(object.Get("tensors"), options.tensors) : reader.error();
}

}  // namespace pathact
