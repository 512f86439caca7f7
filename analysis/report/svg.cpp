#include "analysis/report/svg.h"

#include <fmt/format.h>

#include "analysis/report/numbers.h"
#include "core/base/error.h"

namespace anser::report {

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

double text_width(std::string_view text, double size) {
  double em = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // inside a UTF-8 sequence
    if (std::string_view("iljI.,:;|!'()[] /").find(c) != std::string_view::npos)
      em += 0.34;
    else if (std::string_view("mwMW%@").find(c) != std::string_view::npos)
      em += 0.9;
    else if (c >= 'A' && c <= 'Z')
      em += 0.7;
    else
      em += 0.58;
  }
  return em * size;
}

std::string Attribute::from_number(double number) {
  return print_number(number);
}

Svg::Svg(double width, double height, std::string_view title) {
  open("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
               {"viewBox", fmt::format("0 0 {} {}", print_number(width), print_number(height))},
               {"role", "img"},
               {"aria-label", std::string(title)},
               {"font-family", "Helvetica, Arial, 'Liberation Sans', sans-serif"}});
}

void Svg::start(std::string_view name, const Attributes& attributes) {
  out_ += fmt::format("{:{}}<{}", "", 2 * open_.size(), name);
  for (const auto& attribute : attributes)
    out_ += fmt::format(" {}=\"{}\"", attribute.name, escape(attribute.value));
}

Svg& Svg::element(std::string_view name, const Attributes& attributes) {
  start(name, attributes);
  out_ += "/>\n";
  return *this;
}

Svg& Svg::open(std::string_view name, const Attributes& attributes) {
  start(name, attributes);
  out_ += ">\n";
  open_.emplace_back(name);
  return *this;
}

Svg& Svg::close() {
  ANSER_ASSERT(!open_.empty());
  const std::string name = open_.back();
  open_.pop_back();
  out_ += fmt::format("{:{}}</{}>\n", "", 2 * open_.size(), name);
  return *this;
}

Svg& Svg::line(double x1, double y1, double x2, double y2, Attributes attributes) {
  attributes.insert(attributes.begin(), {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}});
  return element("line", attributes);
}

Svg& Svg::rect(double x, double y, double width, double height, Attributes attributes) {
  attributes.insert(attributes.begin(), {{"x", x}, {"y", y}, {"width", width}, {"height", height}});
  return element("rect", attributes);
}

Svg& Svg::text(double x, double y, std::string_view text, double size, std::string_view anchor,
               Attributes attributes) {
  attributes.insert(attributes.begin(), {{"x", x}, {"y", y}, {"font-size", size}});
  if (anchor != "start") attributes.emplace_back("text-anchor", std::string(anchor));
  start("text", attributes);
  out_ += fmt::format(">{}</text>\n", escape(text));
  return *this;
}

std::string Svg::finish() {
  while (!open_.empty()) close();
  return std::move(out_);
}

Path& Path::add(char command, double x, double y) {
  d_ += fmt::format("{}{} {}", command, print_number(x), print_number(y));
  return *this;
}

}  // namespace anser::report
