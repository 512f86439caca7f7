#include "kernels/wkv7.h"

namespace anser::kernels {

std::int64_t wkv7_checkpoint_size(const Wkv7Shape& shape) {
  const std::int64_t chunks = (shape.time + kWkv7CheckpointInterval - 1) / kWkv7CheckpointInterval;
  return shape.batch * shape.heads * chunks * shape.size * shape.size;
}

}  // namespace anser::kernels
