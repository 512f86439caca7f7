// Options that hold whole numbers, checked as text: CLI11's own conversion wraps negative and too large ones.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>

namespace anser::cli {

/// `value` in 0..2^64 - 1.
inline CLI::Option* add_seed(CLI::App& verb, std::uint64_t& value, const std::string& help) {
  const auto is_seed = [](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? "" : "wanted a whole number from 0 to 18446744073709551615, got " + text;
  };
  return verb.add_option("--seed", value, help)
      ->check(CLI::Validator(is_seed, "0..2^64-1", "seed"))
      ->capture_default_str();
}

/// `value` in lo..hi.
inline CLI::Option* add_count(CLI::App& verb, const std::string& name, std::int64_t& value, std::int64_t lo,
                              std::int64_t hi, const std::string& help) {
  const auto is_in_range = [lo, hi](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good =
        error == std::errc() && end == text.data() + text.size() && number >= lo && number <= hi;
    return good ? ""
                : "wanted a whole number from " + std::to_string(lo) + " to " + std::to_string(hi) +
                      ", got " + text;
  };
  return verb.add_option(name, value, help)
      ->check(CLI::Validator(is_in_range, std::to_string(lo) + ".." + std::to_string(hi), "count"))
      ->capture_default_str();
}

}  // namespace anser::cli
