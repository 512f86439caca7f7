#include "analysis/report/table.h"

#include <algorithm>

#include "core/base/error.h"

namespace anser::report {
namespace {

/// Characters shown: UTF-8 sequences count once.
std::size_t shown_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string pad(const std::string& text, std::size_t width, Align align) {
  const std::string space(width - std::min(width, shown_width(text)), ' ');
  return align == Align::right ? space + text : text + space;
}

std::vector<std::string> filled(const Table& table, const std::vector<std::string>& row) {
  require(row.size() <= table.columns.size(), "report::print_table", "a row has {} cells, wanted at most {}",
          row.size(), table.columns.size());
  auto cells = row;
  cells.resize(table.columns.size());
  return cells;
}

std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string print_table(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& column : table.columns) widths.push_back(shown_width(column.title));
  for (const auto& row : table.rows) {
    const auto cells = filled(table, row);
    for (std::size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], shown_width(cells[c]));
  }
  std::string out = table.caption.empty() ? "" : table.caption + "\n";
  const auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c)
      line += (c == 0 ? "" : "  ") + pad(cells[c], widths[c], table.columns[c].align);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  std::vector<std::string> titles, dashes;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    titles.push_back(table.columns[c].title);
    dashes.emplace_back(widths[c], '-');
  }
  add_line(titles);
  add_line(dashes);
  for (const auto& row : table.rows) add_line(filled(table, row));
  return out;
}

std::string print_markdown(const Table& table) {
  std::string out, dashes = "|";
  if (!table.caption.empty()) out += table.caption + "\n\n";
  out += "|";
  for (const auto& column : table.columns) {
    out += " " + markdown_cell(column.title) + " |";
    dashes += column.align == Align::right ? "---:|" : "---|";
  }
  out += "\n" + dashes + "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const auto& cell : filled(table, row)) out += " " + markdown_cell(cell) + " |";
    out += "\n";
  }
  return out;
}

}  // namespace anser::report
