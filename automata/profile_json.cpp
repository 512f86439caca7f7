#include "automata/profile_json.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace anser::automata {
namespace {

/// Exact in every JSON reader up to 2^53, a decimal string above.
Json big_json(const BigInteger& value) {
  if (value <= BigInteger(std::int64_t{1} << 53)) return static_cast<std::int64_t>(value);
  return value.str();
}

Json list_json(const std::vector<BigInteger>& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push_back(big_json(value));
  return list;
}

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json word_json(const Moore& machine, const std::vector<Letter>& word) {
  Json names = Json::array();
  for (const Letter s : word) names.push_back(machine.letter_names[static_cast<std::size_t>(s)]);
  return names;
}

/// The verdicts of a profile by key, in the order in which they are printed.
std::vector<std::pair<std::string, const Verdict*>> verdicts(const LanguageProfile& p) {
  const LanguageClasses& c = p.classes;
  return {{"r_trivial", &c.r_trivial},
          {"l_trivial", &c.l_trivial},
          {"j_trivial", &c.j_trivial},
          {"da", &c.da},
          {"definite", &c.definite},
          {"reverse_definite", &c.reverse_definite},
          {"generalised_definite", &c.generalised_definite},
          {"locally_testable", &c.locally_testable},
          {"star_free", &c.star_free},
          {"c_rasp", &p.c_rasp},
          {"permutation_automaton", &c.permutation_automaton},
          {"commutative", &c.commutative},
          {"synchronising", &c.synchronising},
          {"zero", &c.zero}};
}

Json methods_json(const LanguageProfile& p) {
  Json methods;
  methods["aperiodic"] = p.aperiodic.method;
  methods["ac0"] = p.ac0.method;
  methods["acc0"] = p.acc0.method;
  for (const auto& [key, verdict] : verdicts(p)) methods[key] = verdict->method;
  return methods;
}

Json witness_json(const LanguageProfile& p) {
  if (!p.orbits.witness) return nullptr;
  Json witness;
  witness["image"] = p.orbits.witness->image;
  witness["words"] = Json::array();
  for (const auto& word : p.orbits.witness->words) witness["words"].push_back(word_json(p.minimal, word));
  return witness;
}

/// Groups that look alike are counted, not repeated.
struct GroupKind {
  ImageGroup group;
  std::int64_t components = 0;
};

std::vector<GroupKind> group_kinds(const LanguageProfile& p) {
  std::vector<GroupKind> kinds;
  std::map<std::tuple<State, BigInteger, std::vector<BigInteger>, bool, int>, std::size_t> known;
  for (const auto& group : p.orbits.groups) {
    const auto [at, fresh] =
        known.emplace(std::tuple(group.rank, group.order.value_or(0), group.derived_series, group.abelian,
                                 group.cyclic ? static_cast<int>(*group.cyclic) : -1),
                      kinds.size());
    if (fresh) kinds.push_back({group, 0});
    ++kinds[at->second].components;
  }
  return kinds;
}

Json groups_json(const LanguageProfile& p) {
  Json list = Json::array();
  for (const auto& [group, components] : group_kinds(p)) {
    Json entry;
    entry["rank"] = group.rank;
    entry["order"] = group.order ? big_json(*group.order) : Json(nullptr);
    entry["derived_series"] = group.derived_series.empty() ? Json(nullptr) : list_json(group.derived_series);
    entry["abelian"] = group.abelian;
    entry["cyclic"] = optional_json(group.cyclic);
    entry["components"] = components;
    list.push_back(std::move(entry));
  }
  return list;
}

Json letters_json(const LanguageProfile& p) {
  Json list = Json::array();
  for (const auto& facts : p.letters) {
    Json entry;
    entry["letter"] = facts.name;
    entry["rank"] = facts.rank;
    entry["components"] = facts.components;
    entry["householder_rank"] = facts.householder_rank;
    entry["permutation"] = facts.permutation;
    entry["sign"] = facts.permutation ? Json(facts.sign) : Json(nullptr);
    entry["index"] = facts.index;
    entry["period"] = big_json(facts.period);
    list.push_back(std::move(entry));
  }
  return list;
}

void put_monoid(Json& json, const LanguageProfile& p) {
  json["monoid"] = optional_json(p.monoid);
  if (p.monoid_larger_than) json["monoid_larger_than"] = *p.monoid_larger_than;
  json["j_classes"] = optional_json(p.j_classes);
  json["r_classes"] = optional_json(p.r_classes);
  json["l_classes"] = optional_json(p.l_classes);
  json["idempotents"] = optional_json(p.idempotents);
}

void put_groups(Json& json, const LanguageProfile& p) {
  json["largest_group"] = p.largest_group ? big_json(*p.largest_group) : Json(nullptr);
  json["group_orders"] = p.group_orders ? list_json(*p.group_orders) : Json(nullptr);
  json["derived_length"] = optional_json(p.derived_length);
  json["image_sets"] = optional_json(p.image_sets);
}

std::string yes_no(const std::optional<bool>& holds) {
  return !holds ? "undecided" : *holds ? "yes" : "no";
}

template <typename T>
std::string number_text(const std::optional<T>& value, std::string_view otherwise) {
  return value ? fmt::format("{}", *value) : std::string(otherwise);
}

std::string word_text(const Moore& machine, const std::vector<Letter>& word) {
  if (word.empty()) return "the empty word";
  std::string text;
  for (const Letter s : word)
    text += (text.empty() ? "" : " ") + machine.letter_names[static_cast<std::size_t>(s)];
  return text;
}

/// Long lists are cut: the JSON has them whole.
template <typename List, typename Print>
std::string some(const List& list, std::size_t most, const char* separator, Print&& print) {
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < most; ++i)
    text += (i == 0 ? "" : separator) + print(list[i]);
  if (list.size() > most) text += fmt::format("{}.. ({} in all)", separator, list.size());
  return text;
}

std::string line(std::string_view name, std::string_view value, std::string_view method = "") {
  std::string text = method.empty() ? fmt::format("{:<22}{}", name, value)
                                    : fmt::format("{:<22}{:<14}{}", name, value, method);
  return text + "\n";
}

std::string witness_text(const LanguageProfile& p) {
  const ImageWitness& witness = *p.orbits.witness;
  const auto states = some(witness.image, 24, " ", [](State q) { return std::to_string(q); });
  std::string text = line("witness", fmt::format("on states {{{}}}", states));
  for (const auto& word : witness.words) {
    const auto letters = std::vector<Letter>(
        word.begin(), word.begin() + std::min<std::ptrdiff_t>(40, word.end() - word.begin()));
    text += line("", word_text(p.minimal, letters) +
                         (word.size() > 40 ? fmt::format(" .. ({} letters)", word.size()) : ""));
  }
  return text;
}

std::string groups_text(const LanguageProfile& p) {
  std::string text;
  const auto kinds = group_kinds(p);
  for (std::size_t i = 0; i < kinds.size() && i < 12; ++i) {
    const ImageGroup& group = kinds[i].group;
    std::string series;
    for (const auto& order : group.derived_series) series += (series.empty() ? "" : " > ") + order.str();
    text +=
        line(i == 0 ? "groups" : "",
             fmt::format("on {} states: order {}{}", group.rank, group.order ? group.order->str() : "unknown",
                         group.cyclic == true ? ", cyclic"
                         : group.abelian      ? ", abelian"
                                              : fmt::format(", derived series {}", series)));
  }
  if (kinds.size() > 12) text += line("", fmt::format(".. ({} kinds in all)", kinds.size()));
  return text;
}

std::string monoid_text(const LanguageProfile& p) {
  if (!p.monoid)
    return line("monoid", fmt::format("larger than {}", *p.monoid_larger_than), "Froidure-Pin, at its cap");
  std::string text =
      line("monoid", std::to_string(*p.monoid), "elements, the identity among them (Froidure-Pin)");
  text += line("", fmt::format("{} J-, {} R-, {} L-classes, {} idempotents", *p.j_classes, *p.r_classes,
                               *p.l_classes, *p.idempotents));
  if (p.stability_index)
    text += line("stable semigroup", fmt::format("{} elements, from words of {} letters on",
                                                 *p.stable_semigroup, *p.stability_index));
  return text;
}

std::string letters_text(const LanguageProfile& p) {
  std::string text;
  for (std::size_t i = 0; i < p.letters.size() && i < 40; ++i) {
    const LetterFacts& f = p.letters[i];
    const std::string kind =
        f.permutation ? fmt::format("permutation, order {}, sign {}", f.period.str(), f.sign > 0 ? "+" : "-")
                      : fmt::format("rank {}, index {}, period {}", f.rank, f.index, f.period.str());
    text += line("letter " + f.name, fmt::format("{}; {} elementary steps", kind, f.householder_rank));
  }
  if (p.letters.size() > 40) text += line("", fmt::format(".. ({} letters in all)", p.letters.size()));
  return text;
}

}  // namespace

Json profile_json(const LanguageProfile& p) {
  Json json;
  json["states"] = p.states;
  json["states_without_sink"] = p.states_without_sink;
  json["letters"] = p.minimal.letter_names;
  json["class"] = class_name(p.language_class);
  json["aperiodic"] = optional_json(p.aperiodic.holds);
  json["ac0"] = optional_json(p.ac0.holds);
  json["acc0"] = optional_json(p.acc0.holds);
  put_monoid(json, p);
  put_groups(json, p);
  json["stability_index"] = optional_json(p.stability_index);
  json["stable_semigroup"] = optional_json(p.stable_semigroup);
  for (const auto& [key, verdict] : verdicts(p)) json[key] = optional_json(verdict->holds);
  json["reset_word"] = p.classes.reset_word ? word_json(p.minimal, *p.classes.reset_word) : Json(nullptr);
  json["methods"] = methods_json(p);
  json["witness"] = witness_json(p);
  json["groups"] = groups_json(p);
  json["letters_facts"] = letters_json(p);
  return json;
}

std::string print_profile(const LanguageProfile& p) {
  const auto names = some(p.minimal.letter_names, 40, " ", [](const std::string& name) { return name; });
  std::string text = line("class", class_name(p.language_class));
  text += line("states", std::to_string(p.states),
               fmt::format("minimal; {} without a rejecting sink", p.states_without_sink));
  text += line("letters", names);
  text += line("aperiodic", yes_no(p.aperiodic.holds), p.aperiodic.method);
  text += line("AC0", yes_no(p.ac0.holds), p.ac0.method);
  text += line("ACC0", yes_no(p.acc0.holds), p.acc0.method);
  if (p.orbits.witness) text += witness_text(p);
  text += line("image sets", number_text(p.image_sets, fmt::format("more than {}", p.orbits.num_sets)));
  text += groups_text(p);
  if (p.derived_length) text += line("derived length", std::to_string(*p.derived_length));
  text += monoid_text(p);
  for (const auto& [key, verdict] : verdicts(p)) {
    std::string name = key;
    for (char& c : name) c = c == '_' ? (name[1] == '_' ? '-' : ' ') : c;
    text += line(key == "da"       ? "DA"
                 : key == "c_rasp" ? "C-RASP"
                                   : name,
                 yes_no(verdict->holds), verdict->method);
  }
  if (p.classes.reset_word) text += line("reset word", word_text(p.minimal, *p.classes.reset_word));
  return text + letters_text(p);
}

}  // namespace anser::automata
