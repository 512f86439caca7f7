// Which task families exist. One short list; a family is a file pair with a `make` function.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

struct Family {
  std::string name;       // "mod"; group names are matched by their form
  std::string example;    // "mod[n=5]"
  std::string summary;    // one line
  bool (*matches)(std::string_view name);
  std::unique_ptr<Task> (*make)(const Id& id);
};

/// In the order in which lists show them.
const std::vector<Family>& families();

}  // namespace anser::tasks
