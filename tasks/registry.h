// Which task families exist: one short list. A family is a file pair with a `make` function.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

struct Family {
  std::string name;                   // of its ids; any group name belongs to the family of s5
  std::vector<std::string> examples;  // ids for lists and messages
  std::string summary;                // one line
  std::unique_ptr<Task> (*make)(const Id& id);
};

/// In the order in which lists show them.
const std::vector<Family>& families();

}  // namespace anser::tasks
