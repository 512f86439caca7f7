// The same work done by OpenFst, behind plain types: its headers want C++17 and stay in openfst_rival.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace anser::benchmarks {

struct RivalArc {
  std::int32_t from = 0;
  std::int32_t label = 0;  // from 0
  std::int32_t to = 0;
};

/// An automaton as OpenFst holds it (StdVectorFst). State 0 is the start.
class RivalAutomaton {
 public:
  RivalAutomaton(std::int32_t num_states, const std::vector<RivalArc>& arcs,
                 const std::vector<std::uint8_t>& accept);
  ~RivalAutomaton();
  RivalAutomaton(RivalAutomaton&&) noexcept;

  /// fst::Minimize in place; seconds it took. OpenFst drops states that reach no accepting state.
  double minimize();
  /// fst::Determinize into a new automaton, which replaces this one; seconds it took.
  double determinize();
  [[nodiscard]] std::int64_t num_states() const;

 private:
  struct Fst;
  std::unique_ptr<Fst> fst_;
};

}  // namespace anser::benchmarks
