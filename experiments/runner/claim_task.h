// The report's section on the task: facts, shortcut audit, floors.
#pragma once

#include "analysis/report/claim_report.h"
#include "experiments/runner/claim.h"
#include "tasks/task.h"

namespace anser::runner {

/// Fills id, title, statement, task, chance, task_facts, audit and floors of `data`. The audit looks at the
/// training length and at four times that; floors reach as far.
void describe_task(const Claim& claim, const tasks::Task& task, report::ClaimReport& data);

}  // namespace anser::runner
