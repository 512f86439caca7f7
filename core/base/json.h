// JSON that keeps the order in which keys were written, and errors that say where.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace anser {

using Json = nlohmann::ordered_json;

/// Parses one JSON value. InputError "where: ... at byte N" otherwise. `where` names the file or the
/// argument.
Json parse_json(std::string_view text, std::string_view where);

/// Reads and parses a file. InputError naming the path.
Json read_json(const std::filesystem::path& path);

/// The member `key` of an object as T; InputError naming `where` and the key when it is absent or of another
/// type.
template <typename T>
T json_get(const Json& object, std::string_view key, std::string_view where);

extern template std::int64_t json_get(const Json&, std::string_view, std::string_view);
extern template double json_get(const Json&, std::string_view, std::string_view);
extern template bool json_get(const Json&, std::string_view, std::string_view);
extern template std::string json_get(const Json&, std::string_view, std::string_view);

}  // namespace anser
