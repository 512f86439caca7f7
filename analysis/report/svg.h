// A writer of SVG: elements in order, every attribute and text escaped, coordinates rounded to a hundredth
// and printed as short as possible, so that equal pictures are equal bytes.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace anser::report {

/// Replaces & < > " ' by entities and drops control characters that XML forbids. For text and attributes.
std::string escape(std::string_view text);

/// Estimated width of `text` in user units at `size` units per em, a little above that of Helvetica and its
/// kin: what layout code reserves. UTF-8.
double text_width(std::string_view text, double size);

struct Attribute {
  std::string name;
  std::string value;
  Attribute(std::string attribute_name, std::string attribute_value)
      : name(std::move(attribute_name)), value(std::move(attribute_value)) {}
  /// Numbers: print_number with two decimals.
  template <typename Number>
  requires std::integral<Number> || std::floating_point<Number> Attribute(std::string attribute_name,
                                                                          Number number)
      : Attribute(std::move(attribute_name), from_number(static_cast<double>(number))) {}

 private:
  static std::string from_number(double number);
};

using Attributes = std::vector<Attribute>;

class Svg {
 public:
  /// An image of `width` x `height` user units that scales with its container (viewBox). `title` is what a
  /// screen reader says.
  Svg(double width, double height, std::string_view title);

  /// <name .../>
  Svg& element(std::string_view name, const Attributes& attributes);
  /// <name ...> until close(). close() without open() is our bug (ANSER_ASSERT).
  Svg& open(std::string_view name, const Attributes& attributes);
  Svg& close();

  Svg& line(double x1, double y1, double x2, double y2, Attributes attributes);
  Svg& rect(double x, double y, double width, double height, Attributes attributes);
  /// `size` in user units; anchor "start", "middle" or "end".
  Svg& text(double x, double y, std::string_view text, double size, std::string_view anchor = "start",
            Attributes attributes = {});

  /// Closes what is open and gives the document. The writer is empty afterwards.
  std::string finish();

 private:
  void start(std::string_view name, const Attributes& attributes);

  std::string out_;
  std::vector<std::string> open_;
};

/// Collects the `d` attribute of a path.
class Path {
 public:
  Path& move(double x, double y) { return add('M', x, y); }
  Path& line(double x, double y) { return add('L', x, y); }
  Path& close() {
    d_ += 'Z';
    return *this;
  }
  bool empty() const { return d_.empty(); }
  const std::string& d() const { return d_; }

 private:
  Path& add(char command, double x, double y);
  std::string d_;
};

}  // namespace anser::report
