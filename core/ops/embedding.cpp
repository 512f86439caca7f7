#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/ops/block.h"
#include "core/ops/checks.h"
#include "core/ops/differentiate.h"
#include "core/ops/norm_linear.h"
#include "kernels/fused/embedding.h"

namespace anser::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr const char* kName = "ops::embedding";

void check_inputs(const Tensor& table, const Tensor& ids) {
  check_leading(kName, "table", table, 2, "[V, D]");
  require(runs_blocks(table), kName, "table is {} on {}, wanted float on cpu", table.dtype().name(),
          table.device().str());
  require(ids.dim() == 2 && ids.scalar_type() == at::kLong && ids.is_cpu() && ids.is_contiguous(), kName,
          "ids are {} on {} in {} dimensions, wanted contiguous int64 [B, T] on cpu", ids.dtype().name(),
          ids.device().str(), ids.dim());
  const auto* numbers = data<std::int64_t>(ids);
  for (std::int64_t i = 0; i < ids.numel(); ++i)
    require(numbers[i] >= 0 && numbers[i] < table.size(0), kName, "id {} is {}, wanted 0..{}", i, numbers[i],
            table.size(0) - 1);
}

Tensor rows_of(const Tensor& table, const Tensor& ids) {
  Tensor out = reusable_empty({ids.size(0), ids.size(1), table.size(1)});
  kernels::fused::embedding_forward(ids.numel(), table.size(1), data<std::int64_t>(ids), data<float>(table),
                                    mutable_data<float>(out));
  return out;
}

class EmbeddingFunction : public torch::autograd::Function<EmbeddingFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& table, const Tensor& ids) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->save_for_backward({table, ids});
    return rows_of(table, ids);
  }

  static variable_list backward(AutogradContext* ctx, variable_list douts) {
    refuse_second_derivative(kName);
    const auto saved = ctx->get_saved_variables();
    const Tensor &table = saved[0], &ids = saved[1], dout = douts[0].contiguous();
    Tensor dtable = reusable_empty(table.sizes());
    kernels::fused::embedding_backward(ids.numel(), table.size(0), table.size(1), data<std::int64_t>(ids),
                                       data<float>(dout), mutable_data<float>(dtable));
    return {dtable, Tensor()};
  }
};

}  // namespace

at::Tensor embedding(const at::Tensor& table, const at::Tensor& ids) {
  check_inputs(table, ids);
  return wants_gradient(table) ? EmbeddingFunction::apply(table, ids) : rows_of(table, ids);
}

}  // namespace anser::ops
