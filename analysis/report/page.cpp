#include "analysis/report/page.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace anser::report {
namespace {

const char* alignment(const Column& column) {
  return column.align == Align::right ? " class=\"number\"" : "";
}

std::string fact_rows(const std::vector<KeyValue>& rows) {
  std::string out = "<table class=\"facts\"><tbody>\n";
  for (const auto& [key, value] : rows)
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape(key), escape(value));
  return out + "</tbody></table>\n";
}

const char* tone_class(Tone tone) {
  return tone == Tone::good ? " good" : tone == Tone::bad ? " bad" : "";
}

}  // namespace

Page::Page(std::string title) : title_(std::move(title)) {}

void Page::kicker(std::string_view text) {
  body_ += fmt::format("<p class=\"kicker\">{}</p>\n<h1>{}</h1>\n", escape(text), escape(title_));
}

void Page::verdict(bool holds, std::string_view headline, std::string_view text,
                   const std::vector<std::string>& findings) {
  body_ += fmt::format("<div class=\"verdict{}\">\n<p class=\"headline\">{}</p>\n<p>{}</p>\n",
                       holds ? "" : " broken", escape(headline), escape(text));
  if (!findings.empty()) {
    body_ += "<ul>\n";
    for (const auto& finding : findings) body_ += fmt::format("<li>{}</li>\n", escape(finding));
    body_ += "</ul>\n";
  }
  body_ += "</div>\n";
}

void Page::tiles(const std::vector<Tile>& tiles) {
  if (tiles.empty()) return;
  body_ += "<div class=\"tiles\">\n";
  for (const auto& tile : tiles)
    body_ += fmt::format("<div class=\"tile{}\"><b>{}</b><span>{}</span></div>\n", tone_class(tile.tone),
                         escape(tile.value), escape(tile.label));
  body_ += "</div>\n";
}

void Page::end_section() {
  if (in_section_) body_ += "</section>\n";
  in_section_ = false;
}

void Page::section(std::string_view title, std::string_view anchor) {
  end_section();
  body_ += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", escape(anchor), escape(title));
  in_section_ = true;
}

void Page::heading(std::string_view title) {
  body_ += fmt::format("<h3>{}</h3>\n", escape(title));
}

void Page::paragraph(std::string_view text) {
  body_ += fmt::format("<p>{}</p>\n", escape(text));
}

void Page::note(std::string_view text) {
  body_ += fmt::format("<p class=\"note\">{}</p>\n", escape(text));
}

void Page::key_values(const std::vector<KeyValue>& rows) {
  if (!rows.empty()) body_ += "<div class=\"scroll\">\n" + fact_rows(rows) + "</div>\n";
}

void Page::table(const Table& table) {
  body_ += "<div class=\"scroll\" tabindex=\"0\">\n<table class=\"data\">\n";
  if (!table.caption.empty()) body_ += fmt::format("<caption>{}</caption>\n", escape(table.caption));
  body_ += "<thead><tr>";
  for (const auto& column : table.columns)
    body_ += fmt::format("<th scope=\"col\"{}>{}</th>", alignment(column), escape(column.title));
  body_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    require(row.size() <= table.columns.size(), "report::Page::table",
            "a row has {} cells, wanted at most {}", row.size(), table.columns.size());
    body_ += "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      body_ +=
          fmt::format("<td{}>{}</td>", alignment(table.columns[c]), c < row.size() ? escape(row[c]) : "");
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table>\n</div>\n";
}

void Page::figure(const Figure& figure) {
  body_ += "<figure>\n";
  if (!figure.key.empty()) {
    body_ += "<ul class=\"key\">\n";
    for (const auto& entry : figure.key)
      body_ +=
          fmt::format("<li>{}<span>{}</span></li>\n", swatch(entry.style, entry.line), escape(entry.label));
    body_ += "</ul>\n";
  }
  body_ += fmt::format("<div class=\"panels{}\">\n", figure.panels.size() == 1 ? " single" : "");
  for (const auto& panel : figure.panels) body_ += panel;
  body_ += fmt::format("</div>\n<figcaption>{}</figcaption>\n</figure>\n", escape(figure.caption));
}

void Page::verdict_table(const std::vector<VerdictLine>& lines) {
  body_ +=
      "<table class=\"lines\">\n<thead><tr><th scope=\"col\">Line</th><th scope=\"col\">Wanted</th>"
      "<th scope=\"col\">Got</th><th scope=\"col\">Verdict</th></tr></thead>\n<tbody>\n";
  for (const auto& line : lines) {
    const std::string detail =
        line.detail.empty() ? "" : fmt::format("<span class=\"detail\">{}</span>", escape(line.detail));
    body_ += fmt::format(
        "<tr><td>{}{}</td><td data-label=\"wanted\">{}</td><td data-label=\"got\">{}</td>"
        "<td class=\"{}\">{}</td></tr>\n",
        escape(line.name), detail, escape(line.wanted), escape(line.got),
        line.holds ? "holds" : "broken-line", line.holds ? "\u2713 holds" : "\u2717 does not hold");
  }
  body_ += "</tbody></table>\n";
}

void Page::code(std::string_view text) {
  body_ += fmt::format("<pre>{}</pre>\n", escape(text));
}

void Page::footer(const std::vector<KeyValue>& rows) {
  end_section();
  body_ += "<footer>\n" + fact_rows(rows) + "</footer>\n";
}

std::string Page::finish() {
  end_section();
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      escape(title_), page_style());
  out += body_;
  out += "</main>\n</body>\n</html>\n";
  body_.clear();
  return out;
}

}  // namespace anser::report
