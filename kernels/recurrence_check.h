// Checks of the arguments that all backends of the recurrence make before they read a number.
#pragma once

#include "kernels/recurrence.h"

namespace anser::kernels {

/// What a Status wants where `check` found a number that is not finite; its value is the number's place.
inline constexpr char kWantedFinite[] = "finite numbers; `value` is the place of the first that is not";

/// Where a call's arrays lie. Numbers on a device are not looked at.
enum class Memory : std::uint8_t { host, device };

/// Sizes, offsets and mode; what overflows 64 bits is named.
Status check_recurrence_shape(const char* function, const RecurrenceShape& shape, const RecurrenceMode& mode);

/// The above and the input arrays that the mode reads; where numbers are checked also that they are finite.
template <typename Real>
Status check_recurrence_inputs(const char* function, const RecurrenceShape& shape, const RecurrenceMode& mode,
                               const RecurrenceInputs<Real>& in, Memory memory = Memory::host);

/// y, sT: not null where needed, and snapshots with their interval.
template <typename Real>
Status check_recurrence_outputs(const char* function, const RecurrenceShape& shape,
                                const RecurrenceOutputs<Real>& out);

/// Where numbers are checked, after a forward pass: that y and sT (null: skipped) are finite.
template <typename Real>
Status check_recurrence_results(const char* function, const RecurrenceShape& shape,
                                const RecurrenceMode& mode, const Real* y,
                                const typename StateOf<Real>::Type* sT);

/// Everything that a backward call must be given beside the inputs and the gradient of the final state.
template <typename Real>
Status check_recurrence_backward(const char* function, const RecurrenceShape& shape,
                                 const RecurrenceMode& mode, const Real* dy,
                                 const typename StateOf<Real>::Type* dsT,
                                 const RecurrenceGradients<Real>& grads, Memory memory = Memory::host);

}  // namespace anser::kernels
