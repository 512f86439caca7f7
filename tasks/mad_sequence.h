// How MAD's recall tasks become input and target: a sequence of T+1 tokens, of which the first T are read
// and the last T are what follows. Tests ask for the marked tokens alone, training for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "tasks/task.h"

namespace anser::tasks {

class MadSequence {
 public:
  MadSequence(std::span<std::int32_t> input, std::span<std::int32_t> target, bool everything)
      : input_(input), target_(target), everything_(everything) {}

  void put(std::int32_t token, bool asked) {
    if (length_ < input_.size()) input_[length_] = token;
    if (length_ > 0 && (asked || everything_)) target_[length_ - 1] = token;
    ++length_;
  }

 private:
  std::span<std::int32_t> input_;
  std::span<std::int32_t> target_;
  bool everything_;
  std::size_t length_ = 0;
};

/// Parameter `mode`: tagging or lm.
inline Supervision recall_mode(const Id& id) {
  const Supervision mode = parse_supervision(id.get("mode", "tagging"));
  require(mode == Supervision::tagging || mode == Supervision::language_model, print_id(id),
          "recall has no mode {}; wanted tagging or lm", supervision_name(mode));
  return mode;
}

/// ",mode=lm", or nothing for the default.
inline std::string_view mode_suffix(Supervision mode) {
  return mode == Supervision::language_model ? ",mode=lm" : "";
}

}  // namespace anser::tasks
