#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>

#include "analysis/report/claim_report.h"
#include "core/base/error.h"

namespace anser::report {
namespace {

// Each struct lists its members once; writing and reading both come from that list.

template <typename V>
void visit(V& v, ShortcutRow& s) {
  v("name", s.name), v("length", s.length), v("accuracy", s.accuracy), v("low", s.low), v("high", s.high);
  v("exact", s.exact), v("leaky", s.leaky);
}
template <typename V>
void visit(V& v, CheckRow& s) {
  v("precision", s.precision), v("tokens", s.tokens), v("errors", s.errors), v("seconds", s.seconds);
}
template <typename V>
void visit(V& v, ProofRow& s) {
  v("precision", s.precision), v("verdict", s.verdict), v("states", s.states),
      v("micro_states", s.micro_states);
  v("quotient", s.quotient), v("seconds", s.seconds), v("witness", s.witness);
}
template <typename V>
void visit(V& v, Construction& s) {
  v("facts", s.facts), v("checks", s.checks), v("proofs", s.proofs);
}
template <typename V>
void visit(V& v, LengthRow& s) {
  v("length", s.length), v("strings", s.strings), v("mean", s.mean), v("last8", s.last8), v("whole", s.whole);
  v("by_position", s.by_position);
}
template <typename V>
void visit(V& v, SeedRun& s) {
  v("seed", s.seed), v("lengths", s.lengths), v("longest_length", s.longest_length);
  v("tokens_seen", s.tokens_seen), v("seconds", s.seconds), v("final_loss", s.final_loss);
}
template <typename V>
void visit(V& v, ArchitectureReport& s) {
  v("name", s.name), v("title", s.title), v("label", s.label), v("model", s.model), v("c", s.c);
  v("task", s.task), v("precision", s.precision), v("parameters", s.parameters), v("lr", s.lr);
  v("control", s.control), v("wanted_accuracy", s.wanted_accuracy), v("wanted_length", s.wanted_length);
  v("runs", s.runs);
}
template <typename V>
void visit(V& v, FloorCurve& s) {
  v("name", s.name), v("by_position", s.by_position);
}
template <typename V>
void visit(V& v, LetterTransition& s) {
  v("letter", s.letter), v("head", s.head), v("permutation_sign", s.permutation_sign);
  v("determinant_sign", s.determinant_sign), v("agreeing", s.agreeing), v("contexts", s.contexts);
  v("eigenvalues", s.eigenvalues), v("nearest_step", s.nearest_step), v("residual", s.residual);
}
template <typename V>
void visit(V& v, SpectrumReport& s) {
  v("title", s.title), v("model", s.model), v("c", s.c), v("trained", s.trained), v("letters", s.letters);
}
template <typename V>
void visit(V& v, VerdictLine& s) {
  v("name", s.name), v("wanted", s.wanted), v("got", s.got), v("holds", s.holds), v("detail", s.detail);
}
template <typename V>
void visit(V& v, ClaimReport& s) {
  v("id", s.id), v("title", s.title), v("statement", s.statement), v("preset", s.preset),
      v("status", s.status);
  v("task", s.task), v("token_set", s.token_set), v("complexity", s.complexity);
  v("train_length", s.train_length), v("judged_length", s.judged_length);
  v("success_accuracy", s.success_accuracy), v("chance", s.chance), v("chance_text", s.chance_text);
  v("task_facts", s.task_facts), v("audit", s.audit), v("audit_verdict", s.audit_verdict);
  v("construction", s.construction), v("architectures", s.architectures), v("floors", s.floors);
  v("spectra", s.spectra), v("lines", s.lines), v("command", s.command), v("provenance", s.provenance);
}

struct Writer {
  Json object = Json::object();

  template <typename T>
  static Json write(T& value) {
    if constexpr (std::is_same_v<T, double>) {
      return std::isfinite(value) ? Json(value) : Json(nullptr);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return Json(value);
    } else {
      Writer writer;
      visit(writer, value);
      return std::move(writer.object);
    }
  }
  template <typename T>
  static Json write(std::vector<T>& values) {
    Json list = Json::array();
    for (auto& value : values) list.push_back(write(value));
    return list;
  }
  static Json write(std::vector<KeyValue>& values) {
    Json list = Json::array();
    for (const auto& [key, value] : values) list.push_back(Json::array({key, value}));
    return list;
  }
  template <typename T>
  void operator()(const char* key, T& value) {
    object[key] = write(value);
  }
};

struct Reader {
  const Json& object;
  std::string path;
  std::set<std::string> known = {};

  template <typename T>
  static void read(const Json& json, T& value, const std::string& path) {
    if constexpr (std::is_same_v<T, double>) {
      require(json.is_number() || json.is_null(), path, "wanted a number or null, got {}", json.type_name());
      value = json.is_null() ? kNotMeasured : json.get<double>();
    } else if constexpr (std::is_same_v<T, bool>) {
      require(json.is_boolean(), path, "wanted true or false, got {}", json.type_name());
      value = json.get<bool>();
    } else if constexpr (std::is_arithmetic_v<T>) {
      require(json.is_number_integer(), path, "wanted an integer, got {}", json.type_name());
      value = json.get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      require(json.is_string(), path, "wanted a string, got {}", json.type_name());
      value = json.get<std::string>();
    } else {
      Reader(json, path).read_object(value);
    }
  }
  template <typename T>
  static void read(const Json& json, std::vector<T>& values, const std::string& path) {
    require(json.is_array(), path, "wanted an array, got {}", json.type_name());
    values.assign(json.size(), T{});
    for (std::size_t i = 0; i < json.size(); ++i) read(json[i], values[i], fmt::format("{}[{}]", path, i));
  }
  static void read(const Json& json, KeyValue& pair, const std::string& path) {
    require(json.is_array() && json.size() == 2 && json[0].is_string() && json[1].is_string(), path,
            "wanted a pair of strings, got {}", json.dump());
    pair = {json[0].get<std::string>(), json[1].get<std::string>()};
  }

  Reader(const Json& json, std::string where) : object(json), path(std::move(where)) {
    require(object.is_object(), path, "wanted an object, got {}", object.type_name());
  }
  template <typename T>
  void operator()(const char* key, T& value) {
    require(object.contains(key), path, "the key \"{}\" is missing", key);
    known.insert(key);
    read(object.at(key), value, path + "." + key);
  }
  template <typename T>
  void read_object(T& value) {
    visit(*this, value);
    for (const auto& [key, member] : object.items())
      require(known.count(key) == 1, path, "unknown key \"{}\"", key);
  }
};

}  // namespace

Json to_json(const ClaimReport& report) {
  ClaimReport copy = report;
  return Writer::write(copy);
}

ClaimReport claim_report_from_json(const Json& json, std::string_view where) {
  ClaimReport report;
  Reader(json, std::string(where)).read_object(report);
  return report;
}

}  // namespace anser::report
