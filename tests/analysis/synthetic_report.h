// Invented results in the shape of the S5 claim, for looking at the report and for testing it. No number here
// was measured.
#pragma once

#include "analysis/report/claim_report.h"

namespace anser::report {

/// Four architectures, 5 seeds each, lengths 8..512, a control, two spectra; one line of the claim is false.
ClaimReport synthetic_report();

/// Two architectures, 2 seeds each, two lengths: small enough for a golden file.
ClaimReport small_report();

}  // namespace anser::report
