#include "core/base/fields.h"

#include <toml++/toml.h>
#include <charconv>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/ids.h"

namespace anser {
namespace {

const Field& find(const std::vector<Field>& fields, std::string_view key, std::string_view where) {
  std::vector<std::string> known;
  for (const Field& field : fields) {
    if (field.name == key) return field;
    known.push_back(field.name);
  }
  fail(where, "unknown key \"{}\"{}", key, suggest(key, known));
}

void check_range(const Field& field, double value, std::string_view where) {
  require(value >= field.lowest && value <= field.highest, where, "{} = {} is out of range, wanted {} to {}",
          field.name, value, field.lowest, field.highest);
}

template <typename Number>
Number parse_number(const Field& field, std::string_view text, std::string_view where, const char* kind) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size(), where, "{} = \"{}\" is not {}",
          field.name, text, kind);
  check_range(field, static_cast<double>(value), where);
  return value;
}

/// Writes text into a field: one overload a type.
struct TextSetter {
  const Field& field;
  std::string_view text;
  std::string_view where;

  void operator()(std::int64_t* out) const {
    *out = parse_number<std::int64_t>(field, text, where, "an integer");
  }
  void operator()(double* out) const { *out = parse_number<double>(field, text, where, "a number"); }
  void operator()(bool* out) const {
    require(text == "true" || text == "false", where, "{} = \"{}\" is neither true nor false", field.name,
            text);
    *out = text == "true";
  }
  void operator()(std::string* out) const { *out = std::string(text); }
  void operator()(std::vector<std::int64_t>* out) const {
    std::vector<std::int64_t> values;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      values.push_back(parse_number<std::int64_t>(field, rest.substr(0, comma), where, "a list of integers"));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    *out = std::move(values);
  }
};

/// JSON spelled as the text that set_field reads.
std::string as_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string out;
  for (const Json& item : value) out += (out.empty() ? "" : ",") + as_text(item);
  return out;
}

Json from_toml(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = from_toml(value);
    return object;
  }
  if (const auto* array = node.as_array()) {
    Json list = Json::array();
    for (const auto& value : *array) list.push_back(from_toml(value));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  fail("read_toml", "dates and times are not used in configs");
}

}  // namespace

void set_field(std::vector<Field> fields, std::string_view key, std::string_view text,
               std::string_view where) {
  const Field& field = find(fields, key, where);
  std::visit(TextSetter{field, text, where}, field.value);
}

void set_field(std::vector<Field> fields, std::string_view assignment, std::string_view where) {
  const std::size_t equals = assignment.find('=');
  require(equals != std::string_view::npos, where, "\"{}\" is not key=value", assignment);
  set_field(std::move(fields), assignment.substr(0, equals), assignment.substr(equals + 1), where);
}

void set_fields(std::vector<Field> fields, const Json& object, std::string_view where) {
  require(object.is_object(), where, "wanted a table of keys, got {}", object.dump());
  for (const auto& [key, value] : object.items()) {
    const Field& field = find(fields, key, where);
    const bool is_text = std::holds_alternative<std::string*>(field.value);
    require(is_text == value.is_string() && !value.is_object() && !value.is_null(), where,
            "{} = {} is of the wrong type", key, value.dump());
    set_field(fields, key, as_text(value), where);
  }
}

Json field_value(const Field& field) {
  return std::visit([](const auto* value) { return Json(*value); }, field.value);
}

Json fields_to_json(std::vector<Field> fields) {
  Json object = Json::object();
  for (const Field& field : fields) object[field.name] = field_value(field);
  return object;
}

std::string fields_help(std::vector<Field> fields) {
  std::string out;
  for (const Field& field : fields) {
    const bool bounded = field.lowest > -1e300 || field.highest < 1e300;
    out += fmt::format("  {:<16} = {:<28} {}{}\n", field.name, field_value(field).dump(), field.help,
                       bounded ? fmt::format(" ({} to {})", field.lowest, field.highest) : "");
  }
  return out;
}

std::string fields_hash(std::vector<Field> fields) {
  std::erase_if(fields, [](const Field& field) {
    return !field.unwritten.is_null() && field_value(field) == field.unwritten;
  });
  return short_hash(fields_to_json(std::move(fields)).dump());
}

Json read_toml(const std::string& path) {
  try {
    return from_toml(toml::parse(read_file(path), path));
  } catch (const toml::parse_error& error) {
    fail("read_toml", "{} line {} column {}: {}", path, error.source().begin.line,
         error.source().begin.column, error.description());
  }
}

}  // namespace anser
