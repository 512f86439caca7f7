// A task as the trainer's source of words.
#pragma once

#include "core/train/run.h"
#include "tasks/task.h"

namespace anser::runner {

/// Words of the task's train stream, and of its sealed stream for evaluation. `task` must outlive the source,
/// which may be used from several threads. No BOS: trained models see letters alone.
train::WordSource task_words(const tasks::Task& task);

}  // namespace anser::runner
