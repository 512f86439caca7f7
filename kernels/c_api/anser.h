/* The generalised recurrence for C and for whatever can call C: the plain form of kernels/recurrence.h, which
 * holds the formulas, ranges, accuracy and determinism; docs/math/recurrence.md section 4 lists which model
 * is which mode. Valid C99 and C++; examples/recurrence.c is a whole program.
 *
 *     u_t = S_{t-1} a_t^T
 *     S_t = S_{t-1} diag(w_t) + u_t b_t + v_t^T k_t
 *     y_t = S_t r_t^T  or  S_{t-1} r_t^T
 *
 * Structs. Every struct that the caller fills begins with struct_size, its sizeof; all other fields may be 0,
 * which is their default. Later versions only append fields: a library reads a shorter struct as if the
 * missing fields were 0, and refuses a longer one unless what it does not know is 0. In C and C++20:
 *
 *     anser_recurrence_shape shape = {ANSER_STRUCT(anser_recurrence_shape), .sequences = 1, .time = 3};
 *
 * Types. `dtype` of the mode is the type of every array of tokens (r .. b, y, dy and their gradients). States
 * (s0, sT, snapshots, state and their gradients) are float for ANSER_F32 and ANSER_BF16, double for
 * ANSER_F64. ANSER_F64 is the definition itself: one thread, no speed.
 *
 * Errors. A call checks its arguments before it reads or writes a number and answers the first mistake; it
 * never prints, exits or allocates (ANSER_F64 allocates one state). No handle, no global state: any number of
 * threads may call at once.
 */
#ifndef ANSER_KERNELS_C_API_ANSER_H_
#define ANSER_KERNELS_C_API_ANSER_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ANSER_API __attribute__((visibility("default")))
#else
#define ANSER_API
#endif

/* First member of an initialiser. */
#define ANSER_STRUCT(type) .struct_size = sizeof(type)

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0": the library's version. */
ANSER_API const char* anser_version(void);

/* The instruction set that ANSER_F32 and ANSER_BF16 use here: "AVX3" (AVX-512), "AVX2", "SSE4", ... */
ANSER_API const char* anser_target(void);

enum { ANSER_OK = 0, ANSER_BAD_ARGUMENT = 1, ANSER_NOT_BUILT = 2, ANSER_DEVICE_ERROR = 3 };

/* What a call answers. The strings live as long as the library; they are empty with ANSER_OK. */
typedef struct anser_status {
  int32_t code;
  const char* function; /* that was called */
  const char* argument; /* that is wrong */
  int64_t value;        /* its value; 0 for a null pointer */
  const char* wanted;   /* what is supported */
} anser_status;

/* Writes "function: argument is value, wanted ..." ("ok" with ANSER_OK) and a NUL into the `size` bytes at
 * `buffer`, cut where it does not fit; like snprintf it returns the length of the whole sentence, and
 * `buffer` may be NULL when `size` is 0. */
ANSER_API size_t anser_status_message(anser_status status, char* buffer, size_t size);

enum { ANSER_F32 = 0, ANSER_BF16 = 1, ANSER_F64 = 2 };

/* How w gives the decay: a logit d with decay exp(-exp(-1/2) sigmoid(d)); its logarithm (-infinity is decay
 * 0: a reset); the decay itself, of any sign; not at all (decay 1, w is not read). */
enum { ANSER_DECAY_LOGIT = 0, ANSER_DECAY_LOG = 1, ANSER_DECAY_DIRECT = 2, ANSER_DECAY_NONE = 3 };

/* Which state a token reads: S_t, with its own update, or S_{t-1}. */
enum { ANSER_READ_AFTER = 0, ANSER_READ_BEFORE = 1 };

typedef struct anser_recurrence_shape {
  size_t struct_size;
  int64_t sequences; /* B >= 0 */
  int64_t time;      /* T >= 0: tokens of each sequence; with cu_seqlens of all together */
  int64_t heads;     /* H >= 0 */
  int64_t keys;      /* K: a multiple of 8 in 8..128 */
  int64_t values;    /* V: likewise */
  /* NULL, or B + 1 offsets: sequence s holds the tokens cu_seqlens[s] .. cu_seqlens[s + 1] - 1. */
  const int64_t* cu_seqlens;
} anser_recurrence_shape;

/* All 0: RWKV-7 in float. */
typedef struct anser_recurrence_mode {
  size_t struct_size;
  int32_t dtype;          /* ANSER_F32, ANSER_BF16 or ANSER_F64 */
  int32_t decay;          /* ANSER_DECAY_... */
  int32_t decay_per_head; /* 1: one decay for all K channels, w [B, T, H] */
  int32_t diagonal;       /* 1: no low-rank part; a and b are not read, da and db not written */
  int32_t read;           /* ANSER_READ_... */
  int32_t check;          /* 1: refuse inputs and results that are not finite */
} anser_recurrence_mode;

/* r, k, a, b [B, T, H, K]; v [B, T, H, V]; w [B, T, H, K] or [B, T, H]; s0 [B, H, V, K] or NULL: zeros.
 * Contiguous; with cu_seqlens [T, H, ...] with the sequences one after the other. */
typedef struct anser_recurrence_inputs {
  size_t struct_size;
  const void *r, *w, *k, *v, *a, *b, *s0;
} anser_recurrence_inputs;

/* y [B, T, H, V]. All others may be NULL. */
typedef struct anser_recurrence_outputs {
  size_t struct_size;
  void* y;
  void* sT;           /* [B, H, V, K]; may be s0 */
  float* checkpoints; /* for a backward pass: anser_recurrence_checkpoint_bytes; unused by ANSER_F64 */
  void* snapshots;    /* states after tokens M, 2M, ... of each sequence: anser_recurrence_snapshot_bytes */
  int64_t snapshot_interval; /* M */
} anser_recurrence_outputs;

/* Shapes as the inputs'. Every one that the mode has must be given, but ds0. */
typedef struct anser_recurrence_gradients {
  size_t struct_size;
  void *dr, *dw, *dk, *dv, *da, *db, *ds0;
} anser_recurrence_gradients;

/* The caller's threads: run(self, n, task, arg) calls task(arg, 0) .. task(arg, n - 1) in any order, perhaps
 * at once, and returns when all are done. Results do not depend on it, bit for bit. */
typedef struct anser_executor {
  size_t struct_size;
  void* self;
  void (*run)(void* self, int n, void (*task)(void* arg, int index), void* arg);
} anser_executor;

/* Bytes that the arrays of a call must hold; into *bytes, which is 0 after an error. */
ANSER_API anser_status anser_recurrence_checkpoint_bytes(const anser_recurrence_shape* shape,
                                                         const anser_recurrence_mode* mode, int64_t* bytes);
/* `threads` >= 1: tasks that run at once. */
ANSER_API anser_status anser_recurrence_workspace_bytes(const anser_recurrence_shape* shape,
                                                        const anser_recurrence_mode* mode, int32_t threads,
                                                        int64_t* bytes);
ANSER_API anser_status anser_recurrence_snapshot_bytes(const anser_recurrence_shape* shape,
                                                       const anser_recurrence_mode* mode, int64_t interval,
                                                       int64_t* bytes);

/* Forward pass. `executor` NULL: the calling thread. The outputs may not overlap the inputs, but sT may be
 * s0. */
ANSER_API anser_status anser_recurrence_forward(const anser_recurrence_shape* shape,
                                                const anser_recurrence_mode* mode,
                                                const anser_recurrence_inputs* in,
                                                const anser_recurrence_outputs* out,
                                                const anser_executor* executor);

/* Backward pass for the gradients dy of y and dsT (NULL: zeros) of sT. `checkpoints` as the forward pass of
 * the same inputs left them; `workspace` of anser_recurrence_workspace_bytes for `threads`, which is at least
 * the executor's number of threads. */
ANSER_API anser_status anser_recurrence_backward(const anser_recurrence_shape* shape,
                                                 const anser_recurrence_mode* mode,
                                                 const anser_recurrence_inputs* in, const float* checkpoints,
                                                 const void* dy, const void* dsT,
                                                 const anser_recurrence_gradients* gradients, void* workspace,
                                                 int32_t threads, const anser_executor* executor);

/* One token for each of B sequences: shape.time = 1 without cu_seqlens. `state` [B, H, V, K] is read and
 * overwritten; in.s0 is not read. */
ANSER_API anser_status anser_recurrence_decode(const anser_recurrence_shape* shape,
                                               const anser_recurrence_mode* mode,
                                               const anser_recurrence_inputs* in, void* state, void* y,
                                               const anser_executor* executor);

#ifdef __cplusplus
}
#endif

#endif /* ANSER_KERNELS_C_API_ANSER_H_ */
