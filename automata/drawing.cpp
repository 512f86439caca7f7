#include "automata/drawing.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

#include "automata/formats/dot_graph.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace anser::automata {
namespace {

constexpr std::size_t kMostLettersShown = 16;
constexpr std::size_t kLineWidth = 22;

/// Text as Graphviz shows it, on one line.
std::string escaped(std::string text, bool record = false) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }, ' ');
  return dot_escaped(text, record);
}

/// A rejecting state that no word leaves, drawn in grey.
bool is_dead(const Moore& machine, State q) {
  const auto row = machine.next.begin() + static_cast<std::ptrdiff_t>(q) * machine.num_letters;
  return q != machine.start &&
         std::all_of(row, row + machine.num_letters, [q](State to) { return to == q; }) &&
         machine.label_names[static_cast<std::size_t>(machine.label[static_cast<std::size_t>(q)])] ==
             "reject";
}

std::string node(const Moore& machine, State q) {
  const auto& label =
      machine.label_names[static_cast<std::size_t>(machine.label[static_cast<std::size_t>(q)])];
  const bool two_labels = std::all_of(machine.label_names.begin(), machine.label_names.end(),
                                      [](const auto& name) { return name == "reject" || name == "accept"; });
  if (!two_labels)
    return fmt::format("  {} [shape=Mrecord, label=\"{{{}|{}}}\"];\n", q, q, escaped(label, true));
  if (label == "accept") return fmt::format("  {} [shape=doublecircle];\n", q);
  return fmt::format("  {}{};\n", q, is_dead(machine, q) ? " [color=gray60, fontcolor=gray60]" : "");
}

/// "a, b, c" on lines of about kLineWidth characters.
std::string letter_list(const std::vector<std::string>& letters) {
  std::string list;
  std::size_t line = 0;
  const bool all = letters.size() <= kMostLettersShown;
  const std::size_t shown = all ? letters.size() : kMostLettersShown - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) {
      const bool full = line + letters[i].size() > kLineWidth;
      list += full ? ",\\n" : ", ";
      line = full ? 0 : line + 2;
    }
    list += escaped(letters[i]);
    line += letters[i].size();
  }
  return all ? list : list + fmt::format(",\\nand {} more", letters.size() - shown);
}

/// Letters by target of the arrows out of a state.
std::map<State, std::vector<std::string>> arrows(const Moore& machine, State q) {
  std::map<State, std::vector<std::string>> letters;
  for (Letter s = 0; s < machine.num_letters; ++s)
    letters[machine.step(q, s)].push_back(machine.letter_names[static_cast<std::size_t>(s)]);
  return letters;
}

/// Whether the lists of letters can be read back, which parse_dot asks before it tries.
bool holds_all_letters(const Moore& machine) {
  for (const auto& name : machine.letter_names)
    if (split_letters(name) != std::vector<std::string>{name}) return false;
  for (State q = 0; q < machine.num_states; ++q)
    for (const auto& [to, letters] : arrows(machine, q))
      if (letters.size() > kMostLettersShown || split_letters(dot_shown(letter_list(letters))) != letters)
        return false;
  return true;
}

std::string extension_of(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

/// A private folder for the texts that pass between the two programs.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "anser_draw_XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "automata::draw", "cannot create the folder {}: {}", name,
            std::strerror(errno));
    path_ = name;
  }
  ~PrivateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Runs `dot -T<format>` on files; its exit status. InputError where it is not installed.
int run_graphviz(const std::string& format, const std::string& in, const std::string& out,
                 const std::string& complaints) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, complaints.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  std::string program = "dot", option = "-T" + format;
  std::array<char*, 3> arguments = {program.data(), option.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "dot", &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  require(failed != ENOENT, "automata::draw",
          "Graphviz is not installed (the program dot, Debian package graphviz); .dot writes the text alone");
  require(failed == 0, "automata::draw", "cannot start dot: {}", std::strerror(failed));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    require(errno == EINTR, "automata::draw", "cannot wait for dot: {}", std::strerror(errno));
  return status;
}

void check_size(const Moore& machine) {
  require(machine.num_states <= kMaxDrawnStates, "automata::draw",
          "the machine has {} states, wanted at most {} in a picture", machine.num_states, kMaxDrawnStates);
  std::size_t count = 0;
  for (State q = 0; q < machine.num_states; ++q) count += arrows(machine, q).size();
  require(count <= kMaxDrawnArrows, "automata::draw",
          "the machine has {} arrows between states, wanted at most {} in a picture", count, kMaxDrawnArrows);
}

}  // namespace

std::string print_drawing(const Moore& machine) {
  check(machine);
  std::string dot =
      "digraph automaton {\n  rankdir=LR;\n  node [shape=circle, fontname=\"Helvetica\", fontsize=12];\n"
      "  edge [fontname=\"Helvetica\", fontsize=11, arrowsize=0.7];\n  entry [shape=point];\n";
  if (!holds_all_letters(machine)) dot += "  letters=drawing;\n";
  dot += fmt::format("  entry -> {};\n", machine.start);
  for (State q = 0; q < machine.num_states; ++q) dot += node(machine, q);
  for (State q = 0; q < machine.num_states; ++q)
    for (const auto& [to, letters] : arrows(machine, q))
      dot += fmt::format("  {} -> {} [label=\"{}\"{}];\n", q, to, letter_list(letters),
                         is_dead(machine, to) ? ", color=gray60, fontcolor=gray60" : "");
  return dot + "}\n";
}

void draw(const Moore& machine, const std::filesystem::path& path) {
  const std::string extension = extension_of(path);
  if (extension == ".dot" || extension == ".gv") {
    write_file(path, print_drawing(machine));
    return;
  }
  require(extension == ".svg" || extension == ".png" || extension == ".pdf", "automata::draw",
          "{} ends in none of .svg, .png, .pdf, .dot, .gv", path.string());
  check(machine);
  check_size(machine);
  const PrivateFolder folder;
  write_file(folder / "in.dot", print_drawing(machine));
  const int status = run_graphviz(extension.substr(1), folder / "in.dot", folder / "out", folder / "errors");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::string said = read_file(folder / "errors").substr(0, 300);
    std::replace(said.begin(), said.end(), '\n', ' ');
    fail("automata::draw", "dot failed: {}", said.empty() ? "it gave no reason" : said);
  }
  write_file(path, read_file(folder / "out"));
}

}  // namespace anser::automata
