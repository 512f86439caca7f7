#include "analysis/construct/letter_table.h"

#include <algorithm>
#include <charconv>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/base/json.h"

namespace anser::construct {
namespace {

std::int64_t parse_id_number(const std::string& text, std::int64_t vocabulary, std::string_view where) {
  std::int64_t id = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  require(error == std::errc() && end == text.data() + text.size() && id >= 0 && id < vocabulary, where,
          "metadata \"bos\" is '{}', wanted a token id in 0..{}", text, vocabulary - 1);
  return id;
}

std::vector<std::int64_t> parse_tokens(const Json& ids, const std::string& name, std::int64_t vocabulary,
                                       std::string_view where) {
  std::vector<std::int64_t> tokens;
  require(ids.is_array() && !ids.empty(), where,
          "metadata \"letters\": letter '{}' wants a list of token ids", name);
  for (const Json& id : ids) {
    require(id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < vocabulary,
            where, "metadata \"letters\": letter '{}' has token {}, wanted 0..{}", name, id.dump(),
            vocabulary - 1);
    tokens.push_back(id.get<std::int64_t>());
  }
  return tokens;
}

}  // namespace

std::size_t LetterTable::letter_of(std::string_view name, std::string_view where) const {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) fail(where, "unknown letter '{}'{}", name, suggest(name, names));
  return static_cast<std::size_t>(it - names.begin());
}

LetterTable read_letter_table(const std::map<std::string, std::string>& metadata, std::int64_t vocabulary,
                              std::string_view where) {
  LetterTable table;
  if (const auto bos = metadata.find("bos"); bos != metadata.end())
    table.bos = parse_id_number(bos->second, vocabulary, where);
  const auto letters = metadata.find("letters");
  if (letters == metadata.end()) return table;
  const Json object = parse_json(letters->second, fmt::format("{}: metadata \"letters\"", where));
  require(object.is_object() && !object.empty(), where,
          "metadata \"letters\" wants an object of token id lists");
  for (const auto& [name, ids] : object.items()) {
    table.names.push_back(name);
    table.tokens.push_back(parse_tokens(ids, name, vocabulary, where));
  }
  return table;
}

void write_letter_table(const LetterTable& table, std::map<std::string, std::string>& metadata) {
  if (table.bos) metadata["bos"] = fmt::format("{}", *table.bos);
  if (!table.named()) return;
  Json object = Json::object();
  for (std::size_t i = 0; i < table.names.size(); ++i) object[table.names[i]] = table.tokens[i];
  metadata["letters"] = object.dump();
}

}  // namespace anser::construct
