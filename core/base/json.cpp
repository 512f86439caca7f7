#include "core/base/json.h"

#include <type_traits>

#include "core/base/error.h"
#include "core/base/files.h"

namespace anser {

Json parse_json(std::string_view text, std::string_view where) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    fail(where, "not valid JSON at byte {}", error.byte);
  } catch (const Json::out_of_range&) {
    fail(where, "holds a number that is too large");
  }
}

Json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

template <typename T>
T json_get(const Json& object, std::string_view key, std::string_view where) {
  require(object.is_object(), where, "wanted a JSON object with the key \"{}\"", key);
  const auto found = object.find(std::string(key));
  require(found != object.end(), where, "the key \"{}\" is missing", key);
  // nlohmann would read 2.5 and true as integers.
  const bool fits = std::is_same_v<T, std::string>    ? found->is_string()
                    : std::is_same_v<T, bool>         ? found->is_boolean()
                    : std::is_same_v<T, std::int64_t> ? found->is_number_integer()
                                                      : found->is_number();
  require(fits, where, "the key \"{}\" holds {}, which is of the wrong type", key, found->dump());
  return found->template get<T>();
}

template std::int64_t json_get(const Json&, std::string_view, std::string_view);
template double json_get(const Json&, std::string_view, std::string_view);
template bool json_get(const Json&, std::string_view, std::string_view);
template std::string json_get(const Json&, std::string_view, std::string_view);

}  // namespace anser
