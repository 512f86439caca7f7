#include "tasks/mode_parameter.h"

#include <algorithm>
#include <string>

#include "core/base/error.h"

namespace anser::tasks {

Supervision mode_of(const Id& id, Supervision fallback, const std::vector<Supervision>& modes) {
  if (!id.has("mode")) return fallback;
  const Supervision mode = parse_supervision(id.get("mode", ""));
  if (std::find(modes.begin(), modes.end(), mode) != modes.end()) return mode;
  std::vector<std::string_view> names;
  for (const Supervision known : modes) names.push_back(supervision_name(known));
  fail(print_id(id), "mode={} is not offered here; known: {}", supervision_name(mode),
       fmt::join(names, ", "));
}

}  // namespace anser::tasks
