// Oracles of the suites of regular languages, of semiautomata, flip-flops and cycles. Membership is decided
// on the whole prefix, from the language's definition; next sets by a search for accepted continuations.
#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <regex>
#include <set>
#include <sstream>

#include "automata/random_class.h"
#include "tests/tasks/conformance/oracle.h"

namespace anser::tests {
namespace {

using tasks::Supervision;
using tasks::TaskFacts;
using Words = std::vector<std::int32_t>;
using Input = std::span<const std::int32_t>;
using Member = std::function<bool(const Words&)>;

/// What no task may answer: the word breaks the law of its stream.
constexpr std::int32_t kBroken = -2;

Words prefix(Input input, std::size_t length) {
  return {input.begin(), input.begin() + static_cast<std::ptrdiff_t>(length)};
}

Words last_alone(Input input, std::int32_t label) {
  Words targets(input.size(), tasks::kUnscored);
  if (!targets.empty()) targets.back() = label;
  return targets;
}

/// label(prefix) at every position, or at the last one alone.
Words by_prefix(const TaskFacts& facts, Input input, const std::function<std::int32_t(const Words&)>& label) {
  if (facts.supervision == Supervision::final) return last_alone(input, label(prefix(input, input.size())));
  Words targets;
  for (std::size_t t = 1; t <= input.size(); ++t) targets.push_back(label(prefix(input, t)));
  return targets;
}

std::int32_t label_named(const TaskFacts& facts, const std::string& name) {
  const auto place = std::find(facts.label_names.begin(), facts.label_names.end(), name);
  return place == facts.label_names.end() ? kBroken
                                          : static_cast<std::int32_t>(place - facts.label_names.begin());
}

/// Is the word accepted after at most `more` letters more?
bool can_end(const Member& member, Words& word, int letters, int more) {
  if (member(word)) return true;
  for (std::int32_t s = 0; more > 0 && s < letters; ++s) {
    word.push_back(s);
    const bool found = can_end(member, word, letters, more - 1);
    word.pop_back();
    if (found) return true;
  }
  return false;
}

std::string next_set(const TaskFacts& facts, const Member& member, Words word, int depth) {
  std::string set;
  for (std::int32_t s = 0; s < facts.num_tokens; ++s) {
    word.push_back(s);
    if (can_end(member, word, facts.num_tokens, depth))
      set += facts.token_names[static_cast<std::size_t>(s)] + ",";
    word.pop_back();
  }
  if (member(word)) set += "end,";
  if (!set.empty()) set.pop_back();
  return "{" + set + "}";
}

/// Targets of a language in any mode; `depth` letters reach acceptance from wherever it can be reached.
Words language_targets(const TaskFacts& facts, Input input, const Member& member, int depth) {
  const auto accepted = [&](const Words& word) { return member(word) ? 1 : 0; };
  switch (facts.supervision) {
    case Supervision::final:
    case Supervision::tagging:
      return by_prefix(facts, input, accepted);
    case Supervision::next_set:
      if (!member(prefix(input, input.size()))) return Words(input.size(), kBroken);
      return by_prefix(facts, input, [&](const Words& word) {
        return label_named(facts, next_set(facts, member, word, depth));
      });
    case Supervision::language_model:
      break;
  }
  if (!member(prefix(input, input.size()))) return Words(input.size(), kBroken);
  Words targets(input.begin() + std::min<std::ptrdiff_t>(1, std::ssize(input)), input.end());
  if (!input.empty()) targets.push_back(facts.num_tokens);
  return targets;
}

std::ptrdiff_t count(const Words& word, std::int32_t letter) {
  return std::count(word.begin(), word.end(), letter);
}

// ---- Chomsky suite and cycles

/// The value of d op d op .. d with precedence: terms first. Operators are 0 +, 1 -, 2 *.
std::int32_t expression_value(const Words& digits, const Words& ops, std::int32_t modulus) {
  std::int64_t sum = 0, sign = 1, term = digits[0];
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i] == 2) {
      term = term * digits[i + 1] % modulus;
      continue;
    }
    sum += sign * term;
    sign = ops[i] == 0 ? 1 : -1;
    term = digits[i + 1];
  }
  return static_cast<std::int32_t>((((sum + sign * term) % modulus) + modulus) % modulus);
}

Words arithmetic_targets(const Id& id, const TaskFacts& facts, Input input) {
  const auto modulus = static_cast<std::int32_t>(id.get_int("mod", 0, 2, 16));
  const bool deepmind = id.get("dialect", "") == "deepmind";
  const std::int32_t first_digit = deepmind ? 0 : 5, plus = deepmind ? modulus : 1;
  Words targets(input.size(), tasks::kUnscored), digits, ops;
  for (std::size_t t = 0; t < input.size(); ++t) {
    const bool last = t + 1 == input.size();
    const bool equals = !deepmind && input[t] == 4;
    if (equals != (!deepmind && last)) return Words(input.size(), kBroken);
    const bool digit = t % 2 == 0;
    if (!equals) (digit ? digits : ops).push_back(input[t] - (digit ? first_digit : plus));
    const std::int32_t newest = equals ? 0 : (digit ? digits : ops).back();
    if (newest < 0 || newest >= (digit ? modulus : 3)) return Words(input.size(), kBroken);
    if (!digit && !equals) continue;
    if (!last && facts.supervision == Supervision::final) continue;
    targets[t] = expression_value(digits, ops, modulus) + (deepmind ? 0 : 5);
  }
  return targets;
}

Words chomsky_targets(const Id& id, const TaskFacts& facts, Input input) {
  const std::string task = id.get("task", "");
  if (task == "modular_arithmetic") return arithmetic_targets(id, facts, input);
  const bool deepmind = id.get("dialect", "") == "deepmind";
  return by_prefix(facts, input, [&](const Words& word) -> std::int32_t {
    if (count(word, deepmind ? 0 : 1) + count(word, deepmind ? 1 : 2) != std::ssize(word)) return kBroken;
    if (task == "even_pairs") {
      // DeepMind counts unequal neighbours; the others compare the ends.
      std::int32_t unequal = 0;
      for (std::size_t t = 1; t < word.size(); ++t) unequal += word[t] != word[t - 1];
      return deepmind ? unequal % 2 : std::abs(word.back() - word.front()) + 1;
    }
    if (deepmind) return static_cast<std::int32_t>(count(word, 1) % 2);
    return count(word, 2) % 2 == 0 ? 1 : 2;
  });
}

Words cycle_targets(const TaskFacts& facts, Input input, bool deepmind, std::int32_t circle) {
  return by_prefix(facts, input, [&](const Words& word) -> std::int32_t {
    const auto forward = count(word, 2), back = count(word, deepmind ? 0 : 3);
    if (forward + back + count(word, 1) != std::ssize(word)) return kBroken;
    const auto position = ((forward - back) % circle + circle) % circle;
    return static_cast<std::int32_t>(position) + (deepmind ? 0 : 4);
  });
}

// ---- Languages

/// Maximal runs as (letter, length).
std::vector<std::pair<std::int32_t, int>> runs(const Words& word) {
  std::vector<std::pair<std::int32_t, int>> result;
  for (const auto letter : word) {
    if (result.empty() || result.back().first != letter) result.emplace_back(letter, 0);
    ++result.back().second;
  }
  return result;
}

bool tomita_3(const Words& word, bool later) {
  const auto all = runs(word);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].first != 1 || all[i].second % 2 == 0) continue;
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      if (all[j].first == 0 && all[j].second % 2 == 1) return false;
      if (!later) break;
    }
  }
  return true;
}

bool repeats(const Words& word, const Words& part) {
  for (std::size_t t = 0; t < word.size(); ++t)
    if (word[t] != part[t % part.size()]) return false;
  return word.size() % part.size() == 0;
}

bool tomita(int n, bool later, const Words& word) {
  switch (n) {
    case 1:
      return count(word, 0) == 0;
    case 2:
      return repeats(word, {1, 0});
    case 3:
      return tomita_3(word, later);
    case 4: {
      const auto all = runs(word);
      return std::none_of(all.begin(), all.end(), [](auto run) { return run.first == 0 && run.second >= 3; });
    }
    case 5:
      return count(word, 0) % 2 == 0 && count(word, 1) % 2 == 0;
    case 6:
      return (count(word, 0) - count(word, 1)) % 3 == 0;
    default:
      // 0*1*0*1*: at most four runs, and three where the first is of 1s.
      return runs(word).size() + (!word.empty() && word[0] == 1 ? 1 : 0) <= 4;
  }
}

/// Brackets: letter 2 i opens kind i, 2 i + 1 closes it.
bool dyck(const Words& word, std::size_t depth) {
  Words stack;
  for (const auto letter : word) {
    if (letter % 2 == 0) {
      stack.push_back(letter / 2);
      if (stack.size() > depth) return false;
    } else {
      if (stack.empty() || stack.back() != letter / 2) return false;
      stack.pop_back();
    }
  }
  return stack.empty();
}

/// Letters 0..4 digits, 5 +, 6 -, 7 *, 8 =.
bool equation(const Words& word) {
  if (word.size() < 3 || word.size() % 2 == 0) return false;
  for (std::size_t t = 0; t < word.size(); ++t) {
    const bool wanted = t % 2 == 0             ? word[t] < 5
                        : t + 2 == word.size() ? word[t] == 8
                                               : word[t] >= 5 && word[t] < 8;
    if (!wanted) return false;
  }
  std::int32_t value = word[0];
  for (std::size_t t = 1; t + 2 < word.size(); t += 2)
    value = (word[t] == 5   ? value + word[t + 1]
             : word[t] == 6 ? value - word[t + 1] + 5
                            : value * word[t + 1]) %
            5;
  return value == word.back();
}

/// Letters > < = 0 .. 4.
bool navigation(const Words& word) {
  if (word.empty() || word.back() < 3) return false;
  for (std::size_t t = 0; t + 1 < word.size(); ++t)
    if (word[t] >= 3) return false;
  const auto position = ((count(word, 0) - count(word, 1)) % 5 + 5) % 5;
  return position == word.back() - 3;
}

Member flare_member(const std::string& language) {
  if (language == "even-pairs") return [](const Words& w) { return w.empty() || w.front() == w.back(); };
  if (language == "repeat-01") return [](const Words& w) { return repeats(w, {0, 1}); };
  if (language == "parity") return [](const Words& w) { return count(w, 1) % 2 == 1; };
  if (language == "cycle-navigation") return navigation;
  if (language == "modular-arithmetic-simple") return equation;
  if (language == "dyck-2-3") return [](const Words& w) { return dyck(w, 3); };
  return [](const Words& w) { return !w.empty() && w.front() == 1; };
}

Words tomita_targets(const Id& id, const TaskFacts& facts, Input input) {
  const int n = static_cast<int>(id.get_int("n", 0, 1, 7));
  const bool later = id.get("reading", "") == "later";
  return language_targets(
      facts, input, [=](const Words& w) { return tomita(n, later, w); }, 5);
}

/// D_n by depth alone: the search of next_set would need n letters.
Words bounded_depth_targets(const TaskFacts& facts, Input input, std::ptrdiff_t n) {
  return by_prefix(facts, input, [&](const Words& word) {
    const auto depth = count(word, 0) - count(word, 1);
    if (depth < 0 || depth > n) return kBroken;
    return label_named(facts, depth == 0 ? "{a,end}" : depth == n ? "{b}" : "{a,b}");
  });
}

Words bhattamishra_targets(const Id& id, const TaskFacts& facts, Input input) {
  const std::string language = id.get("language", "");
  if (language[0] == 'd') return bounded_depth_targets(facts, input, std::stoi(language.substr(1)));
  Member member = [](const Words& w) { return count(w, 1) % 2 == 0; };
  if (language == "aa") member = [](const Words& w) { return w.size() % 2 == 0; };
  if (language == "abab") member = [](const Words& w) { return repeats(w, {0, 1, 0, 1}); };
  if (language.starts_with("tomita"))
    member = [n = language[6] - '0'](const Words& w) { return tomita(n, false, w); };
  return language_targets(facts, input, member, 5);
}

// ---- Semiautomata and flip-flops

/// Place of a permutation in lexicographic order, among all or among the even ones.
std::int32_t place_of(const Words& p, bool even_only) {
  Words other = p;
  std::sort(other.begin(), other.end());
  for (std::int32_t place = 0; other != p; std::next_permutation(other.begin(), other.end())) {
    int inversions = 0;
    for (std::size_t i = 0; i < other.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) inversions += other[j] > other[i];
    if (!even_only || inversions % 2 == 0) ++place;
    Words next = other;
    std::next_permutation(next.begin(), next.end());
    if (next == p) return place;
  }
  return 0;
}

/// The permutation that a token names, "10234", "=10234" for a reset.
Words named_permutation(const TaskFacts& facts, std::int32_t token) {
  Words p;
  for (const char c : facts.token_names[static_cast<std::size_t>(token)])
    if (c != '=') p.push_back(c - '0');
  return p;
}

Words composed(const Words& p, const Words& a) {
  Words result;
  for (const auto i : a) result.push_back(p[static_cast<std::size_t>(i)]);
  return result;
}

std::int32_t permutation_state(const std::string& automaton, const TaskFacts& facts, const Words& word) {
  Words p(facts.token_names.back().size());
  std::iota(p.begin(), p.end(), 0);
  for (const auto token : word) {
    const Words a = named_permutation(facts, token);
    if (facts.token_names[static_cast<std::size_t>(token)][0] == '=')
      p = a;
    else
      p = automaton == "permutation_reset" ? composed(a, p) : composed(p, a);
  }
  return place_of(p, automaton == "alternating");
}

/// Products of 1, i, j, k as upstream's table: rows +1 +i +j +k, columns the letters; 4 more is the opposite.
std::int32_t quaternion_state(const Words& word) {
  constexpr std::int32_t kTable[4][4] = {{0, 1, 2, 3}, {1, 4, 3, 6}, {2, 7, 4, 1}, {3, 2, 5, 4}};
  std::int32_t q = 0;
  for (const auto s : word) q = (kTable[q % 4][s] + q / 4 * 4) % 8;
  return q;
}

std::int32_t dihedral_state(std::int64_t n, const Words& word) {
  std::int64_t turned = 0, position = 0;
  for (const auto s : word) {
    if (s == 0) turned = 1 - turned;
    if (s == 1) position += turned == 1 ? -1 : 1;
  }
  return static_cast<std::int32_t>(n * turned + ((position % n) + n) % n);
}

std::int32_t liu_state(const Id& id, const TaskFacts& facts, const Words& word) {
  const std::string automaton = id.get("automaton", "");
  const std::int64_t n = id.get_int("n", 0, 0, 1 << 20);
  const std::int64_t sum = std::accumulate(word.begin(), word.end(), std::int64_t{0});
  if (automaton == "parity") return static_cast<std::int32_t>(sum % 2);
  if (automaton == "cyclic") return static_cast<std::int32_t>(sum % n);
  if (automaton == "dihedral") return dihedral_state(n, word);
  if (automaton == "quaternion") return quaternion_state(word);
  if (automaton == "gridworld") {
    std::int64_t cell = 0;
    for (const auto s : word) cell = std::clamp<std::int64_t>(cell + (s == 0 ? -1 : 1), 0, n - 1);
    return static_cast<std::int32_t>(cell);
  }
  if (automaton == "abab") {
    for (std::size_t t = 0; t < word.size(); ++t)
      if (word[t] != static_cast<std::int32_t>(t % 2)) return 4;
    return static_cast<std::int32_t>((word.size() + 3) % 4);
  }
  if (automaton == "add") {
    std::int32_t carry = 0, state = 0;
    for (const auto s : word) {
      const std::int32_t total = s % 2 + s / 2 + carry;
      carry = total >= 2 ? 1 : 0;
      state = total % 2 + 2 * carry;
    }
    return state;
  }
  return permutation_state(automaton, facts, word);
}

Words flip_flop_language_targets(Input input) {
  constexpr std::int32_t kWrite = 0, kRead = 1;
  Words targets(input.size(), tasks::kUnscored);
  std::int32_t memory = kBroken;
  for (std::size_t t = 0; t + 1 < input.size(); t += 2) {
    if (input[t] > 2 || input[t + 1] < 3) return Words(input.size(), kBroken);
    if (input[t] == kWrite) memory = input[t + 1] - 3;
    if (input[t] != kRead) continue;
    targets[t] = memory;
    if (input[t + 1] - 3 != memory) return Words(input.size(), kBroken);
  }
  const bool ends = input[0] == kWrite && input[input.size() - 2] == kRead;
  return ends ? targets : Words(input.size(), kBroken);
}

/// The newest letter that is not `idle`; `none` where there is none.
std::int32_t newest(const Words& word, std::int32_t idle, std::int32_t none) {
  const auto place = std::find_if(word.rbegin(), word.rend(), [&](auto s) { return s != idle; });
  return place == word.rend() ? none : *place;
}

// ---- Given and random automata

/// The lines of an .att file, followed as a set of states.
class AttFile {
 public:
  explicit AttFile(const std::string& path) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream columns(line);
      std::string from, to, label;
      columns >> from;
      if (start_.empty()) start_ = from;
      if (columns >> to >> label)
        arcs_.insert({from, label, to});
      else
        final_.insert(from);
    }
  }
  bool accepts(const TaskFacts& facts, const Words& word) const {
    std::set<std::string> now = {start_};
    for (const auto s : word) {
      std::set<std::string> next;
      for (const auto& [from, label, to] : arcs_)
        if (now.contains(from) && label == facts.token_names[static_cast<std::size_t>(s)]) next.insert(to);
      now = next;
    }
    return std::any_of(now.begin(), now.end(), [&](const auto& q) { return final_.contains(q); });
  }

 private:
  std::string start_;
  std::set<std::array<std::string, 3>> arcs_;
  std::set<std::string> final_;
};

/// Residuals of a language given by std::regex, told apart by all continuations of up to five letters and
/// numbered breadth-first.
class Residuals {
 public:
  Residuals(const std::string& regex, const std::string& letters) : regex_(regex), letters_(letters) {
    number("");
    for (std::size_t i = 0; i < words_.size(); ++i) {
      next_.emplace_back();
      const std::string word = words_[i];
      for (const char c : letters_) next_.back().push_back(number(word + c));
    }
  }
  std::int32_t state(const Words& word) const {
    std::size_t q = 0;
    for (const auto s : word) q = next_[q][static_cast<std::size_t>(s)];
    return static_cast<std::int32_t>(q);
  }

 private:
  std::size_t number(const std::string& word) {
    std::string signature;
    std::vector<std::string> tails = {""};
    for (std::size_t i = 0; i < tails.size(); ++i) {
      signature += std::regex_match(word + tails[i], regex_) ? '1' : '0';
      if (tails[i].size() < 5)
        for (const char c : letters_) tails.push_back(std::string(tails[i]) + c);
    }
    const auto [place, is_new] = states_.emplace(signature, words_.size());
    if (is_new) words_.push_back(word);
    return place->second;
  }

  std::regex regex_;
  std::string letters_;
  std::map<std::string, std::size_t> states_;
  std::vector<std::string> words_;
  std::vector<std::vector<std::size_t>> next_;
};

Words state_prediction_targets(const Id& id, const TaskFacts& facts, Input input) {
  std::string letters;
  for (const auto& name : facts.token_names) letters += name;
  const Residuals residuals(id.get("regex", ""), letters);
  std::string text;
  for (const auto s : input) text += letters[static_cast<std::size_t>(s)];
  if (!std::regex_match(text, std::regex(id.get("regex", "")))) return Words(input.size(), kBroken);
  return by_prefix(facts, input, [&](const Words& word) { return residuals.state(word); });
}

Words random_language_targets(const Id& id, const TaskFacts& facts, Input input) {
  const auto number = [&](const char* key) { return id.get_int(key, -1, 0, std::int64_t{1} << 62); };
  const auto n = static_cast<automata::State>(number("n"));
  const auto language =
      automata::random_language({.target = automata::parse_random_class(id.get("class", "")),
                                 .states = {n, n},
                                 .num_letters = static_cast<automata::Letter>(number("k"))},
                                Rng(static_cast<std::uint64_t>(number("seed"))), 0);
  return language_targets(
      facts, input, [&](const Words& word) { return accepts(language.dfa, word); }, n);
}

/// An oracle that needs neither the id's nor the stream's name.
template <typename Targets>
Oracle plain(const std::string& family, const Targets& targets) {
  return {family, [targets](const Id& id, const TaskFacts& facts, Input input, const SampleName&) {
            return targets(id, facts, input);
          }};
}

}  // namespace

std::vector<Oracle> language_oracles() {
  return {
      plain("chomsky", chomsky_targets),
      plain("cycle_deepmind",
            [](const Id&, const TaskFacts& f, Input input) { return cycle_targets(f, input, true, 5); }),
      plain("cycle_xlstm",
            [](const Id& id, const TaskFacts& f, Input input) {
              const auto circle = static_cast<std::int32_t>(id.get_int("vocab", 0, 6, 1024)) - 4;
              return cycle_targets(f, input, false, circle);
            }),
      plain("cycle_walker",
            [](const Id&, const TaskFacts& f, Input input) { return cycle_targets(f, input, false, 5); }),
      plain("flare",
            [](const Id& id, const TaskFacts& f, Input input) {
              return language_targets(f, input, flare_member(id.get("language", "")), 4);
            }),
      plain("tomita", tomita_targets),
      plain("bhattamishra", bhattamishra_targets),
      plain("liu",
            [](const Id& id, const TaskFacts& f, Input input) {
              return by_prefix(f, input, [&](const Words& word) { return liu_state(id, f, word); });
            }),
      plain("flipflop_monoid",
            [](const Id&, const TaskFacts& f, Input input) {
              return by_prefix(f, input, [](const Words& w) { return newest(w, 0, 2) == 1 ? 1 : 0; });
            }),
      plain("flipflop_semiautomaton",
            [](const Id&, const TaskFacts& f, Input input) {
              return by_prefix(f, input, [](const Words& w) { return newest(w, 0, 0); });
            }),
      plain("flipflop_language",
            [](const Id&, const TaskFacts&, Input input) { return flip_flop_language_targets(input); }),
      plain("random_language", random_language_targets),
      plain("mlregtest",
            [](const Id& id, const TaskFacts& f, Input input) {
              const AttFile file(id.get("file", ""));
              return language_targets(
                  f, input, [&](const Words& w) { return file.accepts(f, w); }, 8);
            }),
      plain("state_prediction", state_prediction_targets),
  };
}

}  // namespace anser::tests
