// Instruction sets that the WKV-7 kernels are compiled for: on x86 plain scalar code (EMU128 where the
// compiler can), SSE4, AVX2 and AVX3 (AVX-512). To be included before Highway's headers. SSSE3 and the later
// AVX-512 sets differ from the ones kept in nothing that the recurrence uses.
#pragma once

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
