// The calls of anser.h, forwarded to kernels/recurrence.h by the type of their arrays.
#include "kernels/recurrence.h"

#include <initializer_list>
#include <type_traits>

#include "kernels/c_api/anser.h"
#include "kernels/c_api/read_struct.h"
#include "kernels/recurrence_check.h"

namespace anser::kernels::c_api {
namespace {

constexpr StructName kShape{"shape", "shape.struct_size"}, kMode{"mode", "mode.struct_size"},
    kInputs{"in", "in.struct_size"}, kOutputs{"out", "out.struct_size"},
    kGradients{"gradients", "gradients.struct_size"}, kExecutor{"executor", "executor.struct_size"};

/// What every call begins with.
struct Call {
  const char* function;
  RecurrenceShape shape{};
  RecurrenceMode mode{};
  std::int32_t dtype = ANSER_F32;
  anser_recurrence_inputs in{};
  Executor executor{};

  explicit Call(const char* name) : function(name) {}
};

Status read_shape(const anser_recurrence_shape* from, Call& call) {
  anser_recurrence_shape s;
  if (Status status = read_struct(call.function, kShape, from, &s); !status.ok()) return status;
  call.shape = {s.sequences, s.time, s.heads, s.keys, s.values, s.cu_seqlens};
  return {};
}

Status read_mode(const anser_recurrence_mode* from, Call& call) {
  anser_recurrence_mode m;
  if (Status status = read_struct(call.function, kMode, from, &m); !status.ok()) return status;
  const struct {
    const char* name;
    std::int32_t value, largest;
    const char* wanted;
  } fields[] = {{"mode.dtype", m.dtype, ANSER_F64, "ANSER_F32, ANSER_BF16 or ANSER_F64"},
                {"mode.decay", m.decay, ANSER_DECAY_NONE, "0 to 3: one of ANSER_DECAY_..."},
                {"mode.decay_per_head", m.decay_per_head, 1, "0 or 1"},
                {"mode.diagonal", m.diagonal, 1, "0 or 1"},
                {"mode.read", m.read, ANSER_READ_BEFORE, "ANSER_READ_AFTER or ANSER_READ_BEFORE"},
                {"mode.check", m.check, 1, "0 or 1"}};
  for (const auto& field : fields)
    if (field.value < 0 || field.value > field.largest)
      return bad_argument(call.function, field.name, field.value, field.wanted);
  call.dtype = m.dtype;
  call.mode = {static_cast<Decay>(m.decay), m.decay_per_head == 1, m.diagonal == 0, static_cast<Read>(m.read),
               m.check == 1};
  return {};
}

Status read_sizes(const anser_recurrence_shape* shape, const anser_recurrence_mode* mode, Call& call) {
  if (Status s = read_shape(shape, call); !s.ok()) return s;
  if (Status s = read_mode(mode, call); !s.ok()) return s;
  return check_recurrence_shape(call.function, call.shape, call.mode);
}

Status read_call(const anser_recurrence_shape* shape, const anser_recurrence_mode* mode,
                 const anser_recurrence_inputs* in, const anser_executor* executor, Call& call) {
  if (Status s = read_sizes(shape, mode, call); !s.ok()) return s;
  if (Status s = read_struct(call.function, kInputs, in, &call.in); !s.ok()) return s;
  if (executor == nullptr) return {};
  anser_executor e;
  if (Status s = read_struct(call.function, kExecutor, executor, &e); !s.ok()) return s;
  if (e.run == nullptr) return bad_argument(call.function, "executor.run", 0, "a function that is not null");
  call.executor = {e.self, e.run};
  return {};
}

template <typename Real>
RecurrenceInputs<Real> typed(const anser_recurrence_inputs& in) {
  const auto tokens = [](const void* x) { return static_cast<const Real*>(x); };
  return {tokens(in.r),
          tokens(in.w),
          tokens(in.k),
          tokens(in.v),
          tokens(in.a),
          tokens(in.b),
          static_cast<const typename StateOf<Real>::Type*>(in.s0)};
}

template <typename Real>
RecurrenceOutputs<Real> typed(const anser_recurrence_outputs& out) {
  using State = typename StateOf<Real>::Type;
  RecurrenceOutputs<Real> typed{static_cast<Real*>(out.y), static_cast<State*>(out.sT), nullptr,
                                static_cast<State*>(out.snapshots), out.snapshot_interval};
  if constexpr (std::is_same_v<State, float>) typed.checkpoints = out.checkpoints;
  return typed;
}

template <typename Real>
RecurrenceGradients<Real> typed(const anser_recurrence_gradients& g) {
  const auto tokens = [](void* x) { return static_cast<Real*>(x); };
  return {tokens(g.dr),
          tokens(g.dw),
          tokens(g.dk),
          tokens(g.dv),
          tokens(g.da),
          tokens(g.db),
          static_cast<typename StateOf<Real>::Type*>(g.ds0)};
}

/// run(Real()) with the type that `dtype`, a checked one, names.
template <typename Run>
Status with_type(std::int32_t dtype, Run run) {
  if (dtype == ANSER_F32) return run(float{});
  if (dtype == ANSER_BF16) return run(Bf16{});
  return run(double{});
}

template <typename Real>
Status forward(const Call& call, const RecurrenceInputs<Real>& in, const RecurrenceOutputs<Real>& out) {
  return cpu::recurrence_forward<Real>(call.shape, call.mode, in, out, call.executor);
}
Status forward(const Call& call, const RecurrenceInputs<double>& in, const RecurrenceOutputs<double>& out) {
  return reference::recurrence_forward<double>(call.shape, call.mode, in, out);
}

Status decode(const Call& call, void* state, void* y) {
  return with_type(call.dtype, [&]<typename Real>(Real) -> Status {
    if constexpr (!std::is_same_v<Real, double>)
      return cpu::recurrence_decode<Real>(call.shape, call.mode, typed<Real>(call.in),
                                          static_cast<float*>(state), static_cast<Real*>(y), call.executor);
    if (call.shape.time != 1) return bad_argument(call.function, "shape.time", call.shape.time, "1");
    if (call.shape.cu_seqlens != nullptr)
      return bad_argument(call.function, "shape.cu_seqlens", 1, "null: one token for each sequence");
    if (call.shape.sequences * call.shape.heads != 0 && state == nullptr)
      return bad_argument(call.function, "state", 0, "an array that is not null");
    auto* S = static_cast<double*>(state);
    RecurrenceInputs<double> in = typed<double>(call.in);
    in.s0 = S;
    return forward(call, in, {.y = static_cast<double*>(y), .sT = S});
  });
}

/// *bytes = numbers() * width, where `bounds`, whose product is at least numbers(), say that it fits.
template <typename Numbers>
Status count_bytes(const Call& call, std::initializer_list<std::int64_t> bounds, std::int64_t width,
                   Numbers numbers, std::int64_t* bytes) {
  std::int64_t product = width;
  for (const std::int64_t bound : bounds)
    if (__builtin_mul_overflow(product, bound, &product))
      return bad_argument(call.function, "shape.time", call.shape.time,
                          "a shape whose arrays can be addressed");
  *bytes = numbers() * width;
  return {};
}

std::int64_t state_width(const Call& call) {
  return call.dtype == ANSER_F64 ? sizeof(double) : sizeof(float);
}

std::int64_t sequences_at_once(const RecurrenceShape& shape) {
  return shape.cu_seqlens == nullptr ? shape.sequences : 1;
}

/// In the words of C: the function that was called, whichever found the mistake.
anser_status answer(const Call& call, const Status& s) {
  if (s.ok()) return {ANSER_OK, "", "", 0, ""};
  return {static_cast<std::int32_t>(s.code), call.function, s.argument, s.value, s.wanted};
}

Status needs_bytes(const Call& call, std::int64_t* bytes) {
  if (bytes == nullptr) return bad_argument(call.function, "bytes", 0, "a number to write to");
  *bytes = 0;
  return {};
}

}  // namespace
}  // namespace anser::kernels::c_api

using namespace anser::kernels;
using namespace anser::kernels::c_api;

anser_status anser_recurrence_checkpoint_bytes(const anser_recurrence_shape* shape,
                                               const anser_recurrence_mode* mode, int64_t* bytes) {
  Call call(__func__);
  if (Status s = needs_bytes(call, bytes); !s.ok()) return answer(call, s);
  if (Status s = read_sizes(shape, mode, call); !s.ok()) return answer(call, s);
  if (call.dtype == ANSER_F64) return answer(call, {});
  const RecurrenceShape& at = call.shape;
  const std::int64_t states = at.time / kCheckpointInterval + (at.cu_seqlens ? at.sequences : 1);
  return answer(call, count_bytes(
                          call, {sequences_at_once(at), states, at.heads, at.keys, at.values}, sizeof(float),
                          [&] { return recurrence_checkpoint_size(at); }, bytes));
}

anser_status anser_recurrence_workspace_bytes(const anser_recurrence_shape* shape,
                                              const anser_recurrence_mode* mode, int32_t threads,
                                              int64_t* bytes) {
  Call call(__func__);
  if (Status s = needs_bytes(call, bytes); !s.ok()) return answer(call, s);
  if (Status s = read_sizes(shape, mode, call); !s.ok()) return answer(call, s);
  if (threads < 1) return answer(call, bad_argument(call.function, "threads", threads, "at least 1"));
  const RecurrenceShape& at = call.shape;
  if (call.dtype == ANSER_F64)
    return answer(call, count_bytes(
                            call, {at.time + 2, at.keys, at.values}, sizeof(double),
                            [&] { return reference::recurrence_workspace_size(at); }, bytes));
  *bytes = recurrence_workspace_size(at, threads) * static_cast<std::int64_t>(sizeof(float));
  return answer(call, {});
}

anser_status anser_recurrence_snapshot_bytes(const anser_recurrence_shape* shape,
                                             const anser_recurrence_mode* mode, int64_t interval,
                                             int64_t* bytes) {
  Call call(__func__);
  if (Status s = needs_bytes(call, bytes); !s.ok()) return answer(call, s);
  if (Status s = read_sizes(shape, mode, call); !s.ok()) return answer(call, s);
  if (interval < 1) return answer(call, bad_argument(call.function, "interval", interval, "at least 1"));
  const RecurrenceShape& at = call.shape;
  return answer(
      call,
      count_bytes(
          call, {sequences_at_once(at), at.time / interval, at.heads, at.keys, at.values}, state_width(call),
          [&] { return recurrence_snapshot_count(at, interval) * at.heads * at.keys * at.values; }, bytes));
}

anser_status anser_recurrence_forward(const anser_recurrence_shape* shape, const anser_recurrence_mode* mode,
                                      const anser_recurrence_inputs* in, const anser_recurrence_outputs* out,
                                      const anser_executor* executor) {
  Call call(__func__);
  if (Status s = read_call(shape, mode, in, executor, call); !s.ok()) return answer(call, s);
  anser_recurrence_outputs arrays;
  if (Status s = read_struct(call.function, kOutputs, out, &arrays); !s.ok()) return answer(call, s);
  return answer(call, with_type(call.dtype, [&]<typename Real>(Real) {
                  return forward(call, typed<Real>(call.in), typed<Real>(arrays));
                }));
}

anser_status anser_recurrence_backward(const anser_recurrence_shape* shape, const anser_recurrence_mode* mode,
                                       const anser_recurrence_inputs* in, const float* checkpoints,
                                       const void* dy, const void* dsT,
                                       const anser_recurrence_gradients* gradients, void* workspace,
                                       int32_t threads, const anser_executor* executor) {
  Call call(__func__);
  if (Status s = read_call(shape, mode, in, executor, call); !s.ok()) return answer(call, s);
  anser_recurrence_gradients arrays;
  if (Status s = read_struct(call.function, kGradients, gradients, &arrays); !s.ok()) return answer(call, s);
  const auto run = [&]<typename Real>(Real) -> Status {
    const auto* dy_typed = static_cast<const Real*>(dy);
    const auto* dsT_typed = static_cast<const typename StateOf<Real>::Type*>(dsT);
    if constexpr (std::is_same_v<Real, double>)
      return reference::recurrence_backward<double>(call.shape, call.mode, typed<double>(call.in), dy_typed,
                                                    dsT_typed, typed<double>(arrays),
                                                    static_cast<double*>(workspace));
    else
      return cpu::recurrence_backward<Real>(call.shape, call.mode, typed<Real>(call.in), checkpoints,
                                            dy_typed, dsT_typed, typed<Real>(arrays),
                                            static_cast<float*>(workspace), threads, call.executor);
  };
  return answer(call, with_type(call.dtype, run));
}

anser_status anser_recurrence_decode(const anser_recurrence_shape* shape, const anser_recurrence_mode* mode,
                                     const anser_recurrence_inputs* in, void* state, void* y,
                                     const anser_executor* executor) {
  Call call(__func__);
  if (Status s = read_call(shape, mode, in, executor, call); !s.ok()) return answer(call, s);
  return answer(call, decode(call, state, y));
}
