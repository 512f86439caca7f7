/* anser.h as C99 without a warning, twice, and the sizes that a C compiler gives its structs. */
#include "kernels/c_api/anser.h"
#include "kernels/c_api/anser.h"

size_t anser_c99_sizes(void) {
  const anser_recurrence_mode mode = {ANSER_STRUCT(anser_recurrence_mode), .dtype = ANSER_F64};
  return sizeof(anser_recurrence_shape) + mode.struct_size + sizeof(anser_recurrence_inputs) +
         sizeof(anser_recurrence_outputs) + sizeof(anser_recurrence_gradients) + sizeof(anser_executor) +
         sizeof(anser_status);
}
