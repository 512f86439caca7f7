#include "kernels/fused/embedding.h"
#include "core/ops/block_node.h"
#include "core/ops/norm_linear.h"

namespace anser::ops {
namespace {

using at::Tensor;
namespace fused = kernels::fused;

struct Embedding {
  static constexpr const char* kName = "ops::embedding";
  static constexpr std::array<std::size_t, 0> kOverwritten{};
  Tensor ids;

  variable_list forward(at::TensorList in, Tensor* /*saved*/) const {
    const Tensor& table = in[0];
    Tensor out = reusable_empty({ids.size(0), ids.size(1), table.size(1)});
    fused::embedding_forward(ids.numel(), table.size(1), data<std::int64_t>(ids), data<float>(table),
                             mutable_data<float>(out));
    return {out};
  }

  void backward(at::TensorList in, const Tensor& /*saved*/, const variable_list& douts,
                const Gradients& grads) const {
    const Tensor& table = in[0];
    const Tensor dout = douts[0].contiguous();
    fused::embedding_backward(ids.numel(), table.size(1), data<std::int64_t>(ids), data<float>(dout),
                              grads[0]);
  }
};

void check_inputs(const Tensor& table, const Tensor& ids) {
  constexpr const char* kName = Embedding::kName;
  check_leading(kName, "table", table, 2, "[V, D]");
  check_runs_blocks(kName, "table", table);
  require(ids.dim() == 2 && ids.scalar_type() == at::kLong && ids.is_cpu() && ids.is_contiguous(), kName,
          "ids are {} on {} in {} dimensions, wanted contiguous int64 [B, T] on cpu", ids.dtype().name(),
          ids.device().str(), ids.dim());
  const auto* numbers = data<std::int64_t>(ids);
  for (std::int64_t i = 0; i < ids.numel(); ++i)
    require(numbers[i] >= 0 && numbers[i] < table.size(0), kName, "id {} is {}, wanted 0..{}", i, numbers[i],
            table.size(0) - 1);
}

}  // namespace

at::Tensor embedding(const at::Tensor& table, const at::Tensor& ids) {
  check_inputs(table, ids);
  return run_block({table}, Embedding{ids})[0];
}

}  // namespace anser::ops
