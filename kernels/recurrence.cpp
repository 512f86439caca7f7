#include "kernels/recurrence.h"

#include "kernels/recurrence_head.h"

namespace anser::kernels {

std::int64_t recurrence_checkpoint_size(const RecurrenceShape& shape) {
  return checkpoint_count(shape) * shape.heads * shape.keys * shape.values;
}

std::int64_t recurrence_snapshot_count(const RecurrenceShape& shape, std::int64_t interval) {
  return shape.cu_seqlens == nullptr ? shape.sequences * (shape.time / interval) : shape.time / interval;
}

}  // namespace anser::kernels
