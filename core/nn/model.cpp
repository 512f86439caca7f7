// The architectures that an id can name.
#include "core/nn/model.h"

#include <cstring>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/nn/rwkv7.h"
#include "core/nn/transformer.h"

namespace anser::nn {
namespace {

void fill(const TabledModel& model, const std::function<std::vector<float>(const ParameterSlot&)>& initial) {
  for (const ParameterSlot& slot : model.slots()) {
    const std::vector<float> value = initial(slot);
    ANSER_ASSERT(static_cast<std::int64_t>(value.size()) == slot.tensor->numel());
    std::memcpy(slot.tensor->detach().mutable_data_ptr<float>(), value.data(), value.size() * sizeof(float));
  }
}

std::unique_ptr<Model> make_rwkv7(const Id& id, std::int64_t vocabulary, std::int64_t labels,
                                  const Rng& init) {
  Rwkv7Options options = parse_rwkv7_id(id);
  options.vocabulary = vocabulary;
  options.labels = labels;
  auto model = std::make_unique<Rwkv7Model>(options);
  fill(*model,
       [&](const ParameterSlot& slot) { return initial_rwkv7_value(options, slot.name, slot.shape, init); });
  return model;
}

std::unique_ptr<Model> make_initial_transformer(const Id& id, std::int64_t vocabulary, std::int64_t labels,
                                                const Rng& init) {
  TransformerOptions options = parse_transformer_id(id);
  options.vocabulary = vocabulary;
  options.labels = labels;
  auto model = make_transformer(options);
  fill(*model, [&](const ParameterSlot& slot) {
    return initial_transformer_value(options, slot.name, slot.shape, init);
  });
  return model;
}

}  // namespace

std::optional<ops::CudaKernel> Model::fix_kernel(std::optional<ops::CudaKernel> named, std::int64_t) {
  require(!named, "nn::Model", "kernel is '{}', wanted auto: {} has no recurrence", ops::name_of(named),
          id());
  return std::nullopt;
}

std::unique_ptr<Model> make_model(std::string_view text, std::int64_t vocabulary, std::int64_t labels,
                                  const Rng& init) {
  const Id id = parse_id(text);
  if (id.name == "rwkv7") return make_rwkv7(id, vocabulary, labels, init);
  if (id.name == "transformer") return make_initial_transformer(id, vocabulary, labels, init);
  fail("nn::make_model", "unknown architecture '{}'{}", id.name, suggest(id.name, {"rwkv7", "transformer"}));
}

}  // namespace anser::nn
