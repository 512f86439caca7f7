// Uniform accepted and rejected words of one automaton, of any length that turns up.
//
// Samplers (automata/word_sampler.h) need the longest length in advance; here they are made when a length
// asks for them: for lengths below 64, 128, 256, ... A word does not depend on which of them draws it.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>

#include "automata/dfa.h"
#include "automata/word_sampler.h"
#include "core/base/rng.h"

namespace anser::tasks {

class WordSource {
 public:
  explicit WordSource(automata::Dfa dfa) : dfa_(std::move(dfa)) {}

  /// May be called from several threads, like all of it.
  bool has_length(automata::Side side, std::size_t length) const;
  /// A uniform word of the side. InputError where there is none of that length, and where a sampler would
  /// need more memory than automata::WordSampler allows.
  void sample(automata::Side side, Rng& rng, std::span<std::int32_t> word) const;

 private:
  const automata::WordSampler& sampler(automata::Side side, std::size_t length) const;

  automata::Dfa dfa_;
  mutable std::mutex mutex_;
  mutable std::array<std::array<std::unique_ptr<automata::WordSampler>, 64>, 2> made_;
};

}  // namespace anser::tasks
