// What every fuzzer asks of a parser: it ends in a value or in an InputError, whose message is short text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "automata/utf8.h"
#include "core/base/error.h"

/// The entry that libFuzzer and replay_main.cpp call with one input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace anser::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Stops the process with a word about what does not hold.
inline void promise(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Runs `parse`; true where it returned, false where it threw an InputError.
template <typename Parse>
bool ends_well(const Parse& parse) {
  try {
    parse();
    return true;
  } catch (const InputError& error) {
    promise(*error.what() != '\0', "an error says something");
    return false;
  }
}

/// The same for readers of files, whose messages are one short line whatever the file holds.
template <typename Parse>
bool parses(const Parse& parse) {
  try {
    parse();
    return true;
  } catch (const InputError& error) {
    const std::string message = error.what();
    promise(!message.empty() && message.size() < 2000, "a message is short");
    promise(automata::is_utf8(message), "a message is UTF-8");
    promise(message.find('\n') == std::string::npos, "a message is one line");
    return false;
  }
}

}  // namespace anser::fuzz
