#include "core/train/check_batch.h"

#include "core/base/error.h"
#include "core/nn/parameter_table.h"

namespace anser::train {

void check_batch(std::string_view where, const nn::Model& model, const at::Tensor& input,
                 const at::Tensor& target) {
  nn::check_tokens(where, input, model.vocabulary());
  require(target.sizes() == input.sizes() && target.scalar_type() == at::kLong && target.is_cpu(), where,
          "target does not have input's shape and type, wanted [B, T] int64 on the CPU");
  const at::Tensor labels = target.contiguous();
  const auto* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.numel(); ++i)
    require(label[i] >= -1 && label[i] < model.labels(), where, "target {} is {}, wanted -1 or 0..{}", i,
            label[i], model.labels() - 1);
}

}  // namespace anser::train
