// What a failing call says.
#pragma once

#include <string>

#include "core/base/error.h"

namespace anser::tests {

/// Message of the InputError that `call` throws; "" where it throws none.
template <typename Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace anser::tests
