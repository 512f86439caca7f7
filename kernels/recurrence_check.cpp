#include "kernels/recurrence_check.h"

#include <atomic>
#include <cmath>
#include <initializer_list>

#include "kernels/recurrence_head.h"

namespace anser::kernels {
namespace {

std::atomic<bool> check_every_call = false;

constexpr const char* kArray = "an array that is not null";

/// False where the product of the factors does not fit into 62 bits.
bool product_fits(std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  for (const std::int64_t factor : factors)
    if (__builtin_mul_overflow(product, factor, &product)) return false;
  return product < std::int64_t{1} << 62;
}

Status check_offsets(const char* function, const RecurrenceShape& shape) {
  constexpr const char* kWanted = "offsets that start at 0, never fall and end at shape.time";
  const std::int64_t* at = shape.cu_seqlens;
  if (at == nullptr) return {};
  if (at[0] != 0) return bad_argument(function, "cu_seqlens[0]", at[0], kWanted);
  for (std::int64_t s = 0; s < shape.sequences; ++s)
    if (at[s + 1] < at[s]) return bad_argument(function, "cu_seqlens", at[s + 1], kWanted);
  if (at[shape.sequences] != shape.time)
    return bad_argument(function, "cu_seqlens[sequences]", at[shape.sequences], kWanted);
  return {};
}

double wide(double x) {
  return x;
}
double wide(Bf16 x) {
  return to_float(x);
}

/// Place of the first of n numbers that is not finite, or -1. `reset`: -infinity is allowed.
template <typename Real>
std::int64_t first_not_finite(const Real* x, std::int64_t n, bool reset) {
  for (std::int64_t e = 0; e < n; ++e)
    if (!std::isfinite(wide(x[e])) && !(reset && wide(x[e]) < 0)) return e;
  return -1;
}

template <typename Real>
Status check_finite(const char* function, const char* name, const Real* x, std::int64_t n,
                    bool reset = false) {
  const std::int64_t bad = x == nullptr ? -1 : first_not_finite(x, n, reset);
  return bad < 0 ? Status{} : bad_argument(function, name, bad, kWantedFinite);
}

/// Numbers in the arrays of a checked shape.
struct Counts {
  std::int64_t keys, values, decays, states;
  Counts(const RecurrenceShape& s, const RecurrenceMode& mode)
      : keys(total_tokens(s) * s.heads * s.keys),
        values(total_tokens(s) * s.heads * s.values),
        decays(mode.decay_per_head ? total_tokens(s) * s.heads : keys),
        states(s.sequences * s.heads * s.values * s.keys) {}
};

}  // namespace

void set_recurrence_check(bool every_call) {
  check_every_call = every_call;
}

bool checks_numbers(const RecurrenceMode& mode) {
  return mode.check || check_every_call.load(std::memory_order_relaxed);
}

Status check_recurrence_shape(const char* function, const RecurrenceShape& shape,
                              const RecurrenceMode& mode) {
  if (shape.sequences < 0) return bad_argument(function, "shape.sequences", shape.sequences, "at least 0");
  if (shape.time < 0) return bad_argument(function, "shape.time", shape.time, "at least 0");
  if (shape.heads < 0) return bad_argument(function, "shape.heads", shape.heads, "at least 0");
  const auto bad_size = [](std::int64_t size) { return size < 8 || size > 128 || size % 8 != 0; };
  if (bad_size(shape.keys))
    return bad_argument(function, "shape.keys", shape.keys, "a multiple of 8 in 8..128");
  if (bad_size(shape.values))
    return bad_argument(function, "shape.values", shape.values, "a multiple of 8 in 8..128");
  if (mode.decay > Decay::none)
    return bad_argument(function, "mode.decay", static_cast<int>(mode.decay), "logit, log, direct or none");
  if (mode.read > Read::before)
    return bad_argument(function, "mode.read", static_cast<int>(mode.read), "after or before");
  const std::int64_t states = shape.cu_seqlens == nullptr ? shape.time / kCheckpointInterval + 1 : 1;
  if (!product_fits({shape.sequences, states, shape.heads, shape.keys, shape.values}) ||
      !product_fits({shape.cu_seqlens == nullptr ? shape.sequences : 1, shape.time, shape.heads, 128}))
    return bad_argument(function, "shape.time", shape.time, "a shape whose arrays can be addressed");
  if (!product_fits({shape.sequences, shape.heads, std::int64_t{1} << 31}))
    return bad_argument(function, "shape.sequences", shape.sequences, "less than 2^31 sequences times heads");
  return check_offsets(function, shape);
}

template <typename Real>
Status check_recurrence_inputs(const char* function, const RecurrenceShape& shape, const RecurrenceMode& mode,
                               const RecurrenceInputs<Real>& in, Memory memory) {
  if (Status s = check_recurrence_shape(function, shape, mode); !s.ok()) return s;
  const Counts n(shape, mode);
  const bool numbers = memory == Memory::host && checks_numbers(mode);
  if (numbers)
    if (Status s = check_finite(function, "s0", in.s0, n.states); !s.ok()) return s;
  if (n.keys == 0) return {};
  const struct {
    const char* name;
    const Real* data;
    std::int64_t count;
    bool read;
    bool reset = false;  // -infinity is legal
  } arrays[] = {{"r", in.r, n.keys, true},
                {"w", in.w, n.decays, mode.decay != Decay::none, mode.decay == Decay::log},
                {"k", in.k, n.keys, true},
                {"v", in.v, n.values, true},
                {"a", in.a, n.keys, mode.low_rank},
                {"b", in.b, n.keys, mode.low_rank}};
  for (const auto& array : arrays) {
    if (!array.read) continue;
    if (array.data == nullptr) return bad_argument(function, array.name, 0, kArray);
    if (!numbers) continue;
    Status s = check_finite(function, array.name, array.data, array.count, array.reset);
    if (!s.ok()) return s;
  }
  return {};
}

template <typename Real>
Status check_recurrence_outputs(const char* function, const RecurrenceShape& shape,
                                const RecurrenceOutputs<Real>& out) {
  if (out.snapshots != nullptr && out.snapshot_interval < 1)
    return bad_argument(function, "snapshot_interval", out.snapshot_interval, "at least 1");
  const bool used = total_tokens(shape) * shape.heads != 0;
  return used && out.y == nullptr ? bad_argument(function, "y", 0, kArray) : Status{};
}

template <typename Real>
Status check_recurrence_results(const char* function, const RecurrenceShape& shape,
                                const RecurrenceMode& mode, const Real* y,
                                const typename StateOf<Real>::Type* sT) {
  if (!checks_numbers(mode)) return {};
  const Counts n(shape, mode);
  if (Status s = check_finite(function, "y", y, n.values); !s.ok()) return s;
  return check_finite(function, "sT", sT, n.states);
}

template <typename Real>
Status check_recurrence_backward(const char* function, const RecurrenceShape& shape,
                                 const RecurrenceMode& mode, const Real* dy,
                                 const typename StateOf<Real>::Type* dsT,
                                 const RecurrenceGradients<Real>& grads, Memory memory) {
  const Counts n(shape, mode);
  if (n.keys != 0) {
    const struct {
      const char* name;
      const Real* data;
      bool used;
    } arrays[] = {{"dy", dy, true},
                  {"dr", grads.dr, true},
                  {"dw", grads.dw, mode.decay != Decay::none},
                  {"dk", grads.dk, true},
                  {"dv", grads.dv, true},
                  {"da", grads.da, mode.low_rank},
                  {"db", grads.db, mode.low_rank}};
    for (const auto& array : arrays)
      if (array.used && array.data == nullptr) return bad_argument(function, array.name, 0, kArray);
  }
  if (memory == Memory::device || !checks_numbers(mode)) return {};
  if (Status s = check_finite(function, "dy", dy, n.values); !s.ok()) return s;
  return check_finite(function, "dsT", dsT, n.states);
}

#define ANSER_INSTANTIATE(Real)                                                                              \
  template Status check_recurrence_inputs(const char*, const RecurrenceShape&, const RecurrenceMode&,        \
                                          const RecurrenceInputs<Real>&, Memory);                            \
  template Status check_recurrence_outputs(const char*, const RecurrenceShape&,                              \
                                           const RecurrenceOutputs<Real>&);                                  \
  template Status check_recurrence_results<Real>(const char*, const RecurrenceShape&, const RecurrenceMode&, \
                                                 const Real*, const StateOf<Real>::Type*);                   \
  template Status check_recurrence_backward<Real>(                                                           \
      const char*, const RecurrenceShape&, const RecurrenceMode&, const Real*, const StateOf<Real>::Type*,   \
      const RecurrenceGradients<Real>&, Memory);
ANSER_INSTANTIATE(float)
ANSER_INSTANTIATE(double)
ANSER_INSTANTIATE(Bf16)
#undef ANSER_INSTANTIATE

}  // namespace anser::kernels
