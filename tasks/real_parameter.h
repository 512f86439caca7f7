// Real numbers as parameters of ids: a=0.01. The shortest decimal that reads back equal is canonical.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::tasks {

/// Real parameter of lo..hi; InputError naming the id, the value and the range otherwise.
inline double get_real(const Id& id, std::string_view key, double fallback, double lo, double hi) {
  if (!id.has(key)) return fallback;
  const std::string text = id.get(key, "");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= lo && value <= hi,
          print_id(id), "{}={} is not a number in {}..{}", key, text, lo, hi);
  return value;
}

}  // namespace anser::tasks
