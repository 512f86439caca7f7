// An HTML page in one file: no scripts, no fonts, no requests. Reads well at 1200 px, at 400 px and on paper.
// All text is escaped; figures are SVG made by this room and go in as they are. The result is also
// well-formed XML.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/report/plot_style.h"
#include "analysis/report/table.h"

namespace anser::report {

using KeyValue = std::pair<std::string, std::string>;

/// An entry of a figure's key. `line` false: a marker alone.
struct KeyEntry {
  std::string label;
  SeriesStyle style;
  bool line = true;
};

struct Figure {
  std::vector<std::string> panels;  // SVG; beside each other where the page is wide
  std::vector<KeyEntry> key;        // above the panels
  std::string caption;
};

/// A line of a verdict table.
struct VerdictLine {
  std::string name;
  std::string wanted;
  std::string got;
  bool holds = false;
  std::string detail;  // small, under the name; may be empty
};

enum class Tone { neutral, good, bad };

/// A headline figure: a large value over a short text.
struct Tile {
  std::string value;
  std::string label;
  Tone tone = Tone::neutral;
};

class Page {
 public:
  explicit Page(std::string title);

  /// Small text above the title.
  void kicker(std::string_view text);
  /// The summary: headline, claim and findings in a box that says by word and colour whether the claim holds.
  void verdict(bool holds, std::string_view headline, std::string_view text,
               const std::vector<std::string>& findings);
  void tiles(const std::vector<Tile>& tiles);
  /// Starts a section with a heading that can be linked to.
  void section(std::string_view title, std::string_view anchor);
  /// A smaller heading inside a section.
  void heading(std::string_view title);
  void paragraph(std::string_view text);
  void note(std::string_view text);
  void key_values(const std::vector<KeyValue>& rows);
  /// Scrolls sideways where it is wider than the page; the first column stays in view.
  void table(const Table& table);
  void figure(const Figure& figure);
  void verdict_table(const std::vector<VerdictLine>& lines);
  void code(std::string_view text);
  void footer(const std::vector<KeyValue>& rows);

  /// The document. The page is empty afterwards.
  std::string finish();

 private:
  void end_section();
  std::string title_;
  std::string body_;
  bool in_section_ = false;
};

/// The style sheet of every page.
const char* page_style();

}  // namespace anser::report
