// What the backward pass reads and writes in one chunk of a head, and how it is fetched beforehand
// (docs/math/recurrence.md section 6).

// Per-target include guard
#if defined(ANSER_KERNELS_CPU_RECURRENCE_CHUNK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ANSER_KERNELS_CPU_RECURRENCE_CHUNK_INL_H_
#undef ANSER_KERNELS_CPU_RECURRENCE_CHUNK_INL_H_
#else
#define ANSER_KERNELS_CPU_RECURRENCE_CHUNK_INL_H_
#endif

#include "kernels/cpu/recurrence_simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace anser::kernels::cpu {
namespace HWY_NAMESPACE {

/// Cache lines to fetch into the second-level cache, a few after each group of keys: the core keeps track of
/// about a dozen on their way, and more at once hold up what the passes read.
class LineQueue {
 public:
  /// What finds no place is not fetched.
  HWY_INLINE void add(const float* row, size_t n) {
    if (next_ == count_) next_ = count_ = 0;
    const size_t lines = HWY_MIN((n + 15) / 16, kLines - count_);
    for (size_t j = 0; j < lines; ++j) lines_[count_++] = row + 16 * j;
  }
  HWY_INLINE void fetch() {
    const size_t end = HWY_MIN(next_ + kAtOnce, count_);
    for (; next_ < end; ++next_) __builtin_prefetch(lines_[next_], 0, 2);
  }

 private:
  static constexpr size_t kLines = 256, kAtOnce = 8;
  const float* lines_[kLines];
  size_t next_ = 0, count_ = 0;
};

/// Takes the place of a queue: fetches at once.
struct FetchNow {
  HWY_INLINE void add(const float* row, size_t n) const { prefetch_row(row, n); }
};

/// What a chunk needs while it is in work, and `own`, what its head keeps between its chunks.
struct BackwardWorkspace {
  float *states, *u, *shrink, *slope;
  float *r, *k, *a, *b, *w, *v, *dy;  // rows of the chunk where the arrays of the call hold no floats
  float *dr, *dw, *dk, *da, *db, *dv;
  struct Own {
    float *adjoint, *du, *shrink_after;  // of the token after the chunk
  } own[kBackwardHeads];

  BackwardWorkspace(float* memory, size_t keys, size_t values) {
    Arena arena(memory);
    constexpr size_t kRows = kChunk + 1;
    // Before the chunk, after each token: [17][K][W]; of a head whose state fits the registers [V][K].
    states = arena.take(kRows * keys * values);
    for (float** rows : {&shrink, &slope, &r, &k, &a, &b, &w, &dr, &dw, &dk, &da, &db})
      *rows = arena.take(kRows * keys);  // shrink: the chunk's tokens, the one after it
    for (float** rows : {&u, &v, &dy, &dv}) *rows = arena.take(kRows * values);  // u of a block, row stride W
    for (Own& head : own) {
      head.adjoint = arena.take(keys * values);  // [blocks][K][W]
      head.shrink_after = arena.take(keys), head.du = arena.take(values);
    }
  }
};

/// Tokens [first, end) of a head, fetched while the chunk before them in the order of work is stepped.
struct Ahead {
  const BackwardHead<float>* head = nullptr;
  size_t first = 0, end = 0;
  /// Adds what token first + s reads to a LineQueue or FetchNow.
  template <class Queue>
  HWY_INLINE void inputs(size_t s, Queue&& queue) const {
    const size_t t = first + s;
    if (t >= end) return;
    const HeadPlace& at = head->at;
    const RecurrenceInputs<float>& in = head->in;
    const size_t row = t * at.key_stride, column = t * at.value_stride, n = at.keys;
    queue.add(in.r + row, n), queue.add(in.k + row, n);
    queue.add(in.v + column, at.values), queue.add(head->dy + column, at.values);
    if (head->mode.low_rank) queue.add(in.a + row, n), queue.add(in.b + row, n);
    if (head->mode.decay != Decay::none) queue.add(in.w + t * at.w_stride, head->mode.decay_per_head ? 1 : n);
  }
  /// Adds what it writes, and its part of its chunk's checkpoint.
  template <class Queue>
  HWY_INLINE void gradients(size_t s, Queue&& queue) const {
    const size_t t = first + s;
    if (t >= end) return;
    const HeadPlace& at = head->at;
    const RecurrenceGradients<float>& g = head->grads;
    const size_t row = t * at.key_stride, n = at.keys, part = n * at.values / kChunk;
    queue.add(head->checkpoints + t / kChunk * head->state_stride + t % kChunk * part, part);
    queue.add(g.dr + row, n), queue.add(g.dk + row, n), queue.add(g.dv + t * at.value_stride, at.values);
    if (head->mode.low_rank) queue.add(g.da + row, n), queue.add(g.db + row, n);
    if (head->mode.decay != Decay::none) queue.add(g.dw + t * at.w_stride, head->mode.decay_per_head ? 1 : n);
  }
  HWY_NOINLINE void queue_inputs(size_t s, LineQueue& queue) const { inputs(s, queue); }
  HWY_NOINLINE void queue_gradients(size_t s, LineQueue& queue) const { gradients(s, queue); }
};

/// Tokens of a chunk as floats and where their gradients go; `after` is the token that follows them.
struct BackwardRows {
  size_t tokens, key_stride, value_stride, dw_stride;
  const float *r, *k, *v, *a, *b, *dy;
  const float *r_after, *a_after, *dy_after;
  float *dr, *dw, *dk, *dv, *da, *db;
  Ahead ahead;
  /// Rows of the token after token s.
  const float* next_r(size_t s) const { return s + 1 < tokens ? r + (s + 1) * key_stride : r_after; }
  const float* next_a(size_t s) const { return s + 1 < tokens ? a + (s + 1) * key_stride : a_after; }
  const float* next_dy(size_t s) const { return s + 1 < tokens ? dy + (s + 1) * value_stride : dy_after; }
  /// Of the token whose read-out is of the state after token s.
  template <bool kBefore>
  const float* reader_r(size_t s) const {
    return kBefore ? next_r(s) : r + s * key_stride;
  }
  template <bool kBefore>
  const float* reader_dy(size_t s) const {
    return kBefore ? next_dy(s) : dy + s * value_stride;
  }
};

HWY_ALIGN constexpr float kNoRow[kMaxSize] = {};

}  // namespace HWY_NAMESPACE
}  // namespace anser::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
