// Tables of text: one description, printed for the terminal, for Markdown and for the page.
#pragma once

#include <string>
#include <vector>

namespace anser::report {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

/// Rows shorter than the header are filled with empty cells; longer ones are InputErrors when printed.
struct Table {
  std::string caption;  // above the table; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// Aligned columns, two spaces apart, a line of dashes under the header; ends with a line break.
std::string print_table(const Table& table);

/// A Markdown table; `|` is escaped.
std::string print_markdown(const Table& table);

}  // namespace anser::report
