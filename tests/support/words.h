// All words up to a length: the oracle of exhaustive tests.
#pragma once

#include <cstdint>
#include <vector>

namespace anser::tests {

/// Every word over letters 0..num_letters-1 with at most `length` letters, shortest first, then in letter
/// order.
inline std::vector<std::vector<std::int32_t>> all_words_up_to(int num_letters, int length) {
  std::vector<std::vector<std::int32_t>> words = {{}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (static_cast<int>(words[i].size()) == length) break;
    for (std::int32_t s = 0; s < num_letters; ++s) {
      auto longer = words[i];
      longer.push_back(s);
      words.push_back(std::move(longer));
    }
  }
  return words;
}

}  // namespace anser::tests
