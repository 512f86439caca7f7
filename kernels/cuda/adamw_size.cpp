// What the launches of an optimiser step take.
#include "kernels/cuda/device/adamw.h"
#include "kernels/cuda/launch_size.h"

namespace anser::kernels::cuda {

LaunchSize adamw_norm_size(const AdamWPlan& plan) {
  return {plan.models * NormParts(plan.size).count, kAdamWThreads, sizeof(AdamWShared)};
}

LaunchSize adamw_update_size(const AdamWPlan& plan) {
  return {plan.models * update_blocks(plan.size), kAdamWThreads, sizeof(AdamWShared)};
}

std::int64_t adamw_workspace_size(std::int64_t models, std::int64_t size) {
  return models * NormParts(size).count;
}

}  // namespace anser::kernels::cuda
