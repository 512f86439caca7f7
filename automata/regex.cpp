#include "automata/regex.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "automata/alphabet.h"
#include "automata/boolean_operations.h"
#include "automata/minimize.h"
#include "automata/regex_syntax.h"
#include "core/base/error.h"
#include "core/base/ids.h"

namespace anser::automata {
namespace {

using Kind = RegexNode::Kind;

void collect_letters(const RegexNode& node, std::set<std::string>& seen) {
  for (const auto& symbol : node.symbols) seen.insert(symbol.name);
  for (const auto& child : node.children) collect_letters(child, seen);
}

/// States from which an accepting one is reached, as 0 / 1.
std::vector<std::uint8_t> useful_states(const Dfa& dfa) {
  std::vector<std::vector<State>> before(static_cast<std::size_t>(dfa.num_states));
  for (State q = 0; q < dfa.num_states; ++q)
    for (Letter s = 0; s < dfa.num_letters; ++s)
      before[static_cast<std::size_t>(dfa.step(q, s))].push_back(q);
  std::vector<std::uint8_t> useful = dfa.accept;
  std::vector<State> todo;
  for (State q = 0; q < dfa.num_states; ++q)
    if (useful[static_cast<std::size_t>(q)] != 0) todo.push_back(q);
  while (!todo.empty()) {
    const State q = todo.back();
    todo.pop_back();
    for (const State p : before[static_cast<std::size_t>(q)]) {
      if (useful[static_cast<std::size_t>(p)] != 0) continue;
      useful[static_cast<std::size_t>(p)] = 1;
      todo.push_back(p);
    }
  }
  return useful;
}

/// Operands of & and ~ become minimal automata; everything else becomes one Nfa with these as parts, built
/// between two states at a time, which is then determinised.
class Compiler {
 public:
  Compiler(std::string_view text, const LetterIndex& letters, const RegexOptions& options)
      : text_(text), letters_(letters), options_(options) {}

  /// InputError at the first letter that is not in the alphabet.
  void check_letters(const RegexNode& node) const {
    if (node.kind == Kind::letters) (void)letters_of(node);
    for (const auto& child : node.children) check_letters(child);
  }

  Dfa language_of(const RegexNode& node) {
    if (node.kind == Kind::complement) return complement(language_of(node.children.front()));
    if (node.kind == Kind::intersection) {
      Dfa result = language_of(node.children.front());
      for (std::size_t i = 1; i < node.children.size(); ++i)
        result =
            intersection(result, language_of(node.children[i]), std::min(options_.max_states, kMaxPairs));
      return result;
    }
    prepare_parts(node);
    const std::int64_t size = size_of(node);
    require(size <= options_.max_nfa_size, "regex",
            "the expression needs an automaton of {}{} states and arcs before it is made deterministic, at "
            "most {}",
            size >= kHuge ? "more than " : "", size, options_.max_nfa_size);
    nfa_ = {.num_states = 2,
            .num_letters = static_cast<Letter>(letters_.names().size()),
            .starts = {0},
            .arcs = {},
            .accept = {},
            .letter_names = letters_.names()};
    build(node, 0, 1);
    nfa_.accept.assign(static_cast<std::size_t>(nfa_.num_states), 0);
    nfa_.accept[1] = 1;
    const Nfa nfa = std::move(nfa_);
    return minimize(determinise(nfa, options_.max_states));
  }

 private:
  static constexpr std::int64_t kHuge = std::int64_t{1} << 40;

  /// Compiles the nearest & and ~ below the node.
  void prepare_parts(const RegexNode& node) {
    if (node.kind == Kind::complement || node.kind == Kind::intersection) {
      if (!parts_.contains(&node)) parts_.emplace(&node, language_of(node));
      return;
    }
    if (node.kind == Kind::repeat && node.high == 0) return;
    for (const auto& child : node.children) prepare_parts(child);
  }

  /// States and arcs that build() adds, capped at kHuge.
  std::int64_t size_of(const RegexNode& node) const {
    switch (node.kind) {
      case Kind::empty_word:
        return 1;
      case Kind::letters:
        return static_cast<std::int64_t>(letters_of(node).size());
      case Kind::complement:
      case Kind::intersection: {
        const Dfa& part = parts_.at(&node);
        return static_cast<std::int64_t>(part.num_states) * (part.num_letters + 2) + 1;
      }
      case Kind::repeat: {
        if (node.high == 0) return 1;
        const std::int64_t copies = node.high == RegexNode::kUnbounded ? node.low + 1 : node.high;
        const std::int64_t one = size_of(node.children.front()) + 2;
        return one >= kHuge / copies ? kHuge : std::min(kHuge, copies * one + 4);
      }
      case Kind::concatenation:
      case Kind::unite:
        break;
    }
    std::int64_t size = 0;
    for (const auto& child : node.children) size = std::min(kHuge, size + size_of(child) + 1);
    return size;
  }

  std::vector<Letter> letters_of(const RegexNode& node) const {
    std::vector<bool> chosen(letters_.names().size(), node.others);
    for (const auto& symbol : node.symbols) {
      const auto letter = letters_.find(symbol.name);
      if (!letter)
        fail_in_regex(text_, symbol.place,
                      fmt::format("letter \"{}\" is not in the alphabet{}", symbol.name,
                                  suggest(symbol.name, letters_.names())));
      chosen[static_cast<std::size_t>(*letter)] = !node.others;
    }
    std::vector<Letter> result;
    for (std::size_t s = 0; s < chosen.size(); ++s)
      if (chosen[s]) result.push_back(static_cast<Letter>(s));
    return result;
  }

  State fresh() { return nfa_.num_states++; }
  void arc(State from, Letter letter, State to) {
    nfa_.arcs.push_back({.from = from, .letter = letter, .to = to});
  }

  /// Paths from `from` to `to` that read the node's words. Nothing that it adds enters `from` or leaves `to`
  /// unless they are one state, so parts that share an end do not mix.
  void build(const RegexNode& node, State from, State to) {
    switch (node.kind) {
      case Kind::empty_word:
        return arc(from, kEpsilon, to);
      case Kind::letters:
        for (const Letter s : letters_of(node)) arc(from, s, to);
        return;
      case Kind::complement:
      case Kind::intersection:
        return build_part(parts_.at(&node), from, to);
      case Kind::repeat:
        return build_repeat(node, from, to);
      case Kind::unite:
        for (const auto& child : node.children) build(child, from, to);
        return;
      case Kind::concatenation:
        break;
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const State next = i + 1 == node.children.size() ? to : fresh();
      build(node.children[i], from, next);
      from = next;
    }
  }

  void build_repeat(const RegexNode& node, State from, State to) {
    const RegexNode& child = node.children.front();
    if (node.high == 0) return arc(from, kEpsilon, to);
    for (std::int64_t i = 0; i < node.low; ++i) {
      const State next = i + 1 == node.low && node.low == node.high ? to : fresh();
      build(child, from, next);
      from = next;
    }
    if (node.high == RegexNode::kUnbounded) {
      const State loop = fresh();
      arc(from, kEpsilon, loop);
      build(child, loop, loop);
      return arc(loop, kEpsilon, to);
    }
    for (std::int64_t i = node.low; i < node.high; ++i) {
      arc(from, kEpsilon, to);
      const State next = i + 1 == node.high ? to : fresh();
      build(child, from, next);
      from = next;
    }
  }

  void build_part(const Dfa& part, State from, State to) {
    const std::vector<std::uint8_t> useful = useful_states(part);
    if (useful[static_cast<std::size_t>(part.start)] == 0) return;
    std::vector<State> number(useful.size(), -1);
    for (std::size_t q = 0; q < useful.size(); ++q)
      if (useful[q] != 0) number[q] = fresh();
    arc(from, kEpsilon, number[static_cast<std::size_t>(part.start)]);
    for (State q = 0; q < part.num_states; ++q) {
      const State here = number[static_cast<std::size_t>(q)];
      if (here < 0) continue;
      if (part.accept[static_cast<std::size_t>(q)] != 0) arc(here, kEpsilon, to);
      for (Letter s = 0; s < part.num_letters; ++s) {
        const State there = number[static_cast<std::size_t>(part.step(q, s))];
        if (there >= 0) arc(here, s, there);
      }
    }
  }

  std::string_view text_;
  const LetterIndex& letters_;
  const RegexOptions& options_;
  std::unordered_map<const RegexNode*, Dfa> parts_;  // of & and ~
  Nfa nfa_;
};

std::vector<std::string> alphabet_of(const RegexNode& node, const RegexOptions& options) {
  if (!options.alphabet.empty()) return options.alphabet;
  std::set<std::string> seen;
  collect_letters(node, seen);
  require(!seen.empty(), "regex", "the expression names no letter, so its alphabet must be given");
  return {seen.begin(), seen.end()};
}

}  // namespace

Dfa compile_regex(std::string_view text, const RegexOptions& options) {
  require(options.max_states >= 1 && options.max_states <= (std::int64_t{1} << 30), "automata::compile_regex",
          "max_states is {}, wanted 1..{}", options.max_states, std::int64_t{1} << 30);
  require(options.max_nfa_size >= 1 && options.max_nfa_size <= (std::int64_t{1} << 30),
          "automata::compile_regex", "max_nfa_size is {}, wanted 1..{}", options.max_nfa_size,
          std::int64_t{1} << 30);
  const RegexNode node = parse_regex(text);
  const LetterIndex letters(alphabet_of(node, options));
  Compiler compiler(text, letters, options);
  compiler.check_letters(node);
  return compiler.language_of(node);
}

}  // namespace anser::automata
