#include "automata/formats/formats.h"

#include <algorithm>
#include <cctype>

#include "automata/formats/att.h"
#include "automata/formats/dfa_json.h"
#include "automata/formats/dot.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace anser::automata {
namespace {

enum class Format { json, dot, att };

Format format_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".json") return Format::json;
  if (extension == ".dot" || extension == ".gv") return Format::dot;
  if (extension == ".att" || extension == ".txt") return Format::att;
  require(extension != ".fst", path.string(), "a binary OpenFst file, wanted its text: fstprint {} > {}",
          path.filename().string(), path.filename().replace_extension(".att").string());
  fail(path.string(),
       "unknown extension \"{}\", wanted .json (dfa.json), .dot or .gv (Graphviz), .att or .txt (AT&T)",
       extension);
}

std::filesystem::path symbols_of(std::filesystem::path path) {
  return path.replace_extension(".syms");
}

}  // namespace

ReadMachine read_machine(const std::filesystem::path& path, const ReadOptions& options) {
  const Format format = format_of(path);
  const std::string text = read_file(path);
  switch (format) {
    case Format::json:
      return parse_dfa_json(text, path.string(), options);
    case Format::dot:
      return parse_dot(text, path.string(), options);
    case Format::att:
      break;
  }
  const auto symbols = symbols_of(path);
  return parse_att(text, path.string(), options, std::filesystem::exists(symbols) ? read_file(symbols) : "");
}

std::vector<std::filesystem::path> write_machine(const std::filesystem::path& path, const Moore& machine) {
  switch (format_of(path)) {
    case Format::json:
      write_file(path, print_dfa_json(machine));
      return {path};
    case Format::dot:
      write_file(path, print_dot(machine));
      return {path};
    case Format::att:
      break;
  }
  const auto symbols = symbols_of(path);
  const std::string text = print_att(machine);
  write_file(symbols, print_symbols(machine));
  write_file(path, text);
  return {path, symbols};
}

}  // namespace anser::automata
