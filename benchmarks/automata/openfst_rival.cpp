#include "benchmarks/automata/openfst_rival.h"

#include <fst/fstlib.h>

#include <chrono>

namespace anser::benchmarks {

struct RivalAutomaton::Fst {
  fst::StdVectorFst fst;
};

namespace {

template <typename Work>
double seconds(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

RivalAutomaton::RivalAutomaton(std::int32_t num_states, const std::vector<RivalArc>& arcs,
                               const std::vector<std::uint8_t>& accept)
    : fst_(std::make_unique<Fst>()) {
  auto& fst = fst_->fst;
  fst.ReserveStates(num_states);
  std::vector<std::int32_t> degree(static_cast<std::size_t>(num_states));
  for (const auto& arc : arcs) ++degree[static_cast<std::size_t>(arc.from)];
  for (std::int32_t q = 0; q < num_states; ++q) {
    fst.AddState();
    fst.ReserveArcs(q, static_cast<std::size_t>(degree[static_cast<std::size_t>(q)]));
    if (accept[static_cast<std::size_t>(q)] != 0) fst.SetFinal(q, fst::TropicalWeight::One());
  }
  fst.SetStart(0);
  // Label 0 is epsilon to OpenFst.
  for (const auto& arc : arcs)
    fst.AddArc(arc.from, fst::StdArc(arc.label + 1, arc.label + 1, fst::TropicalWeight::One(), arc.to));
}

RivalAutomaton::~RivalAutomaton() = default;
RivalAutomaton::RivalAutomaton(RivalAutomaton&&) noexcept = default;

double RivalAutomaton::minimize() {
  return seconds([&] { fst::Minimize(&fst_->fst); });
}

double RivalAutomaton::determinize() {
  fst::StdVectorFst result;
  const double took = seconds([&] { fst::Determinize(fst_->fst, &result); });
  fst_->fst = std::move(result);
  return took;
}

std::int64_t RivalAutomaton::num_states() const {
  return fst_->fst.NumStates();
}

}  // namespace anser::benchmarks
