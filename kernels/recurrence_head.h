// Where the parts of one sequence and head lie in the arrays of kernels/recurrence.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/recurrence_math.h"

namespace anser::kernels {

/// Tokens [first, first + time) of the packed order, which is also the order of equal sequences.
struct SequenceSpan {
  std::int64_t first = 0, time = 0;
};

ANSER_HOST_DEVICE inline SequenceSpan sequence_span(const RecurrenceShape& shape, std::int64_t sequence) {
  if (shape.cu_seqlens == nullptr) return {sequence * shape.time, shape.time};
  const std::int64_t* at = shape.cu_seqlens + sequence;
  return {at[0], at[1] - at[0]};
}

/// Tokens of all sequences together.
inline std::int64_t total_tokens(const RecurrenceShape& shape) {
  return shape.cu_seqlens == nullptr ? shape.sequences * shape.time : shape.time;
}

inline std::int64_t longest_sequence(const RecurrenceShape& shape) {
  std::int64_t longest = shape.cu_seqlens == nullptr ? shape.time : 0;
  if (shape.cu_seqlens != nullptr)
    for (std::int64_t s = 0; s < shape.sequences; ++s)
      longest = std::max(longest, sequence_span(shape, s).time);
  return longest;
}

/// Slot of the first snapshot of a sequence.
ANSER_HOST_DEVICE inline std::int64_t first_snapshot(const RecurrenceShape& shape, std::int64_t sequence,
                                                     std::int64_t interval) {
  if (shape.cu_seqlens == nullptr) return sequence * (shape.time / interval);
  return shape.cu_seqlens[sequence] / interval;
}

/// Slot of the first checkpoint of a sequence, counted in states of all heads. Packed sequences leave gaps:
/// ceil(x) + ... <= floor(sum / interval) + count.
ANSER_HOST_DEVICE inline std::int64_t first_checkpoint(const RecurrenceShape& shape, std::int64_t sequence,
                                                       std::int64_t interval = kCheckpointInterval) {
  if (shape.cu_seqlens == nullptr) return sequence * ((shape.time + interval - 1) / interval);
  return shape.cu_seqlens[sequence] / interval + sequence;
}

/// Slots of all checkpoints, likewise.
inline std::int64_t checkpoint_count(const RecurrenceShape& shape,
                                     std::int64_t interval = kCheckpointInterval) {
  if (shape.cu_seqlens == nullptr) return first_checkpoint(shape, shape.sequences, interval);
  return shape.time / interval + shape.sequences;
}

template <typename T>
ANSER_HOST_DEVICE T* offset_or_null(T* array, std::int64_t by) {
  return array == nullptr ? nullptr : array + by;
}

/// One head of one sequence.
struct HeadPlace {
  std::int64_t time = 0;                                        // its tokens
  std::int64_t keys = 0, values = 0;                            // K, V
  std::int64_t key_stride = 0, value_stride = 0, w_stride = 0;  // numbers between two tokens
  std::int64_t key_first = 0, value_first = 0, w_first = 0;     // offsets of token 0
  std::int64_t state = 0;                                       // offset in [B, H, V, K]

  HeadPlace() = default;
  ANSER_HOST_DEVICE HeadPlace(const RecurrenceShape& shape, const RecurrenceMode& mode, std::int64_t sequence,
                              std::int64_t head) {
    const SequenceSpan span = sequence_span(shape, sequence);
    const std::int64_t decays = mode.decay_per_head ? 1 : shape.keys;
    time = span.time, keys = shape.keys, values = shape.values;
    key_stride = shape.heads * keys, value_stride = shape.heads * values, w_stride = shape.heads * decays;
    key_first = span.first * key_stride + head * keys;
    value_first = span.first * value_stride + head * values;
    w_first = span.first * w_stride + head * decays;
    state = (sequence * shape.heads + head) * values * keys;
  }

  template <typename Real>
  ANSER_HOST_DEVICE RecurrenceInputs<Real> inputs(const RecurrenceInputs<Real>& in) const {
    return {offset_or_null(in.r, key_first), offset_or_null(in.w, w_first),
            offset_or_null(in.k, key_first), offset_or_null(in.v, value_first),
            offset_or_null(in.a, key_first), offset_or_null(in.b, key_first),
            offset_or_null(in.s0, state)};
  }
  template <typename Real>
  ANSER_HOST_DEVICE RecurrenceGradients<Real> gradients(const RecurrenceGradients<Real>& g) const {
    return {offset_or_null(g.dr, key_first), offset_or_null(g.dw, w_first),
            offset_or_null(g.dk, key_first), offset_or_null(g.dv, value_first),
            offset_or_null(g.da, key_first), offset_or_null(g.db, key_first),
            offset_or_null(g.ds0, state)};
  }
};

}  // namespace anser::kernels
