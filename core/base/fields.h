// One list per config struct. A struct names its fields once, in fields(); the TOML file, `--set key=value`,
// the help text, the hash, the manifest and the range checks all come from that list.
//
//     struct TrainConfig {
//       std::int64_t steps = 1500;
//       std::vector<Field> fields() { return {{"steps", &steps, "optimiser steps", 0, 1e9}}; }
//     };
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"

namespace anser {

/// A field of a config: its name, where it lives, one line of help, and for numbers the closed range of legal
/// values.
struct Field {
  std::string name;
  std::variant<std::int64_t*, double*, bool*, std::string*, std::vector<std::int64_t>*> value;
  std::string help;
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  /// Of a field younger than configs that were written: the value these have. With it the field does not
  /// count in the hash. Null: there is none.
  Json unwritten = {};
};

/// Sets one field from text ("0.004", "true", "8,16,32"). InputError naming the nearest known key, or field,
/// value and range. `where` names the config in messages.
void set_field(std::vector<Field> fields, std::string_view key, std::string_view text,
               std::string_view where);

/// Sets fields from "key=value".
void set_field(std::vector<Field> fields, std::string_view assignment, std::string_view where);

/// Sets fields from a JSON object (as TOML tables are read, too). Unknown keys, wrong types and ranges are
/// InputErrors.
void set_fields(std::vector<Field> fields, const Json& object, std::string_view where);

/// All fields with their values, in order.
Json fields_to_json(std::vector<Field> fields);

/// `name = value   help (range)` lines.
std::string fields_help(std::vector<Field> fields);

/// The value of a field.
Json field_value(const Field& field);

/// Name of a config: hash of its JSON, 16 hexadecimal digits.
std::string fields_hash(std::vector<Field> fields);

/// A TOML file as JSON (tables to objects). InputError with line and column.
Json read_toml(const std::string& path);

}  // namespace anser
