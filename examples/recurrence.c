/* The recurrence from C: writes v = 3 under the key e_0, halves it with every token, reads it back. */
#include <stdio.h>

#include "kernels/c_api/anser.h"

enum { N = 8, T = 3 };

int main(void) {
  float r[T * N] = {0}, w[T * N] = {0}, k[T * N] = {0}, v[T * N] = {0}, y[T * N];
  for (int i = 0; i < T * N; ++i) w[i] = 0.5f;
  for (int t = 0; t < T; ++t) r[t * N] = 1;
  k[0] = 1;
  v[0] = 3;
  anser_recurrence_shape shape = {
      ANSER_STRUCT(anser_recurrence_shape), .sequences = 1, .time = T, .heads = 1, .keys = N, .values = N};
  const anser_recurrence_mode mode = {ANSER_STRUCT(anser_recurrence_mode), .decay = ANSER_DECAY_DIRECT,
                                      .diagonal = 1};
  const anser_recurrence_inputs in = {ANSER_STRUCT(anser_recurrence_inputs), .r = r, .w = w, .k = k, .v = v};
  const anser_recurrence_outputs out = {ANSER_STRUCT(anser_recurrence_outputs), .y = y};

  anser_status status = anser_recurrence_forward(&shape, &mode, &in, &out, NULL);
  if (status.code != ANSER_OK) return 1;
  printf("anser %s: y = %g %g %g\n", anser_version(), y[0], y[N], y[2 * N]);

  char sentence[200];
  shape.keys = 12;
  status = anser_recurrence_forward(&shape, &mode, &in, &out, NULL);
  anser_status_message(status, sentence, sizeof sentence);
  printf("%s\n", sentence);
  return !(y[0] == 3 && y[N] == 1.5f && y[2 * N] == 0.75f && status.code == ANSER_BAD_ARGUMENT);
}
