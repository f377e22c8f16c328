#include "spec/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>
#include <utility>

namespace gtidops {
namespace {

// Turns byte offsets (yaml-cpp's marks count bytes) into lines and columns. The offsets are
// indexed, because a file may be one long line.
class Positions {
 public:
  explicit Positions(std::string_view text) : size_(text.size()) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lines_.push_back(i + 1);
      if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) inner_.push_back(i);
    }
  }

  [[nodiscard]] std::size_t offset(const YAML::Mark& mark) const {
    return mark.pos < 0 ? 0 : std::min(static_cast<std::size_t>(mark.pos), size_);
  }

  // Where the line of this offset begins.
  [[nodiscard]] std::size_t line_start(std::size_t offset) const {
    return *std::prev(std::upper_bound(lines_.begin(), lines_.end(), offset));
  }

  [[nodiscard]] Position at(std::size_t offset) const {
    const auto line = std::upper_bound(lines_.begin(), lines_.end(), offset) - lines_.begin();
    const std::size_t start = line_start(offset);
    const auto inner = std::lower_bound(inner_.begin(), inner_.end(), offset) -
                       std::lower_bound(inner_.begin(), inner_.end(), start);
    return {static_cast<int>(line),
            static_cast<int>(offset - start - static_cast<std::size_t>(inner)) + 1};
  }
  [[nodiscard]] Position at(const YAML::Mark& mark) const { return at(offset(mark)); }

 private:
  std::size_t size_;
  std::vector<std::size_t> lines_{0};  // offsets at which a line begins
  std::vector<std::size_t> inner_;     // offsets of the second and later bytes of characters
};

bool ends_word(std::string_view text, std::size_t offset) {
  return offset >= text.size() ||
         std::string_view(" \t\r\n,]}#:").find(text[offset]) != std::string_view::npos;
}

// Is a null written out at this offset? When it is not, yaml-cpp gives it the position of the next
// token.
bool null_is_written(std::string_view text, std::size_t offset) {
  constexpr std::array<std::string_view, 4> kNulls{"~", "null", "Null", "NULL"};
  return std::any_of(kNulls.begin(), kNulls.end(), [&](std::string_view word) {
    return text.substr(offset, word.size()) == word && ends_word(text, offset + word.size());
  });
}

// Is there a tab between the start of the line and this offset, with nothing else but list dashes
// and blanks?
bool tab_before(std::string_view text, std::size_t offset) {
  bool tab = false;
  for (std::size_t i = offset; i > 0 && text[i - 1] != '\n'; --i) {
    const char c = text[i - 1];
    if (c != ' ' && c != '\t' && c != '-' && c != '?') return false;
    tab = tab || c == '\t';
  }
  return tab;
}

// Is the quoted scalar at `offset` closed? yaml-cpp 0.7 accepts the end of the file in place of the
// closing quote.
bool quote_is_closed(std::string_view text, std::size_t offset) {
  const char quote = offset < text.size() ? text[offset] : ' ';
  if (quote != '"' && quote != '\'') return true;  // a block scalar
  for (std::size_t i = offset + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return true;
      ++i;
    }
  }
  return false;
}

// Thrown from inside an event to end the reading. yaml-cpp does not catch it.
struct Stop {
  YamlProblem problem;
};

// Builds the trees of one file from yaml-cpp's events.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const Positions& positions, std::vector<YamlDocument>& documents)
      : text_(text), positions_(positions), documents_(documents) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    const std::size_t offset = positions_.offset(mark);
    const bool marked = text_.substr(offset, 3) == "---";
    if (begun_ && !marked) stop(mark, "the document ended before this; a line --- begins another");
    if (begun_) close_bytes(offset);
    document_ = {text_.substr(begun_ ? offset : 0), {}};
    document_.root.at = positions_.at(mark);
    begun_ = true;
  }
  void OnDocumentEnd() override { documents_.push_back(std::move(document_)); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node = begin(mark, YamlNode::Kind::kNull, "?", anchor);
    if (!null_is_written(text_, positions_.offset(mark))) place(node, positions_.offset(mark));
    attach(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    attach(begin(mark, YamlNode::Kind::kAlias, "?", 0));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = begin(mark, YamlNode::Kind::kScalar, tag, anchor);
    node.text = value;
    node.quoted = tag != "?" && !node.tagged;
    if (node.quoted && !quote_is_closed(text_, positions_.offset(mark)))
      stop(mark, "this quote is never closed");
    attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    push(mark, begin(mark, YamlNode::Kind::kList, tag, anchor));
  }
  void OnSequenceEnd() override { pop(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    push(mark, begin(mark, YamlNode::Kind::kMap, tag, anchor));
  }
  void OnMapEnd() override { pop(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;  // of a map: the key that was read last and waits for its value
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) const {
    throw Stop{{positions_.at(mark), std::move(message)}};
  }

  YamlNode begin(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& tag,
                 YAML::anchor_t anchor) {
    if (++nodes_ > kMaxNodes) stop(mark, "too many keys and values for one file");
    const std::size_t offset = positions_.offset(mark);
    YamlNode node;
    node.kind = kind;
    node.at = positions_.at(mark);
    // yaml-cpp gives the tag "!" to every scalar that is not plain. It is a real tag only when the
    // text has a '!' here.
    node.tagged = tag != "?" && (tag != "!" || text_.substr(offset, 1) == "!");
    node.anchored = anchor != 0;
    // A block map or list has the position of its first key or item, which is checked for a tab
    // itself.
    const bool block = (kind == YamlNode::Kind::kMap && text_.substr(offset, 1) != "{") ||
                       (kind == YamlNode::Kind::kList && text_.substr(offset, 1) != "[");
    node.after_tab = !block && tab_before(text_, offset);
    return node;
  }

  // Positions a null that is not written out: at its key, at the dash or comma before it, or at its
  // list.
  void place(YamlNode& null, std::size_t offset) const {
    null.after_tab = false;
    if (open_.empty()) return;
    const Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kMap) {
      null.at = parent.key ? parent.key->at : null.at;
      return;
    }
    null.at = parent.node.at;
    const std::size_t mark =
        offset == 0 ? std::string_view::npos : text_.substr(0, offset).find_last_not_of(" \t\r\n");
    if (mark != std::string_view::npos && (text_[mark] == '-' || text_[mark] == ','))
      null.at = positions_.at(mark);
  }

  void push(const YAML::Mark& mark, YamlNode node) {
    if (open_.size() >= kMaxDepth)
      stop(mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    open_.push_back({std::move(node), std::nullopt});
  }

  void pop() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      parent.node.members.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    }
  }

  // Ends the bytes of the last document where the next one begins.
  void close_bytes(std::size_t offset) {
    if (documents_.empty()) return;
    std::string_view& bytes = documents_.back().bytes;
    bytes = bytes.substr(0, offset - static_cast<std::size_t>(bytes.data() - text_.data()));
  }

  std::string_view text_;
  const Positions& positions_;
  std::vector<YamlDocument>& documents_;
  YamlDocument document_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  bool begun_ = false;
};

struct Wording {
  std::string_view theirs;
  std::string_view ours;
};

// yaml-cpp's messages name its tokens. These messages name what a person can look for in the file.
constexpr std::array<Wording, 19> kWordings{{
    {"illegal map value", "a value cannot stand here: quote the text, or mend the indentation"},
    {"illegal map key", "a key cannot stand here: mend the indentation"},
    {"illegal block entry", "a list item cannot stand here: begin it on a line of its own"},
    {"illegal flow end", "a bracket is closed here that was not opened"},
    {"end of map not found", "expected a key here: mend the indentation, or quote the text before"},
    {"end of sequence not found", "expected a list item here: mend the indentation"},
    {"end of map flow not found", "expected ',' or '}' here"},
    {"end of sequence flow not found", "expected ',' or ']' here"},
    {"unknown token", "this character cannot begin a value: put the text in quotes"},
    {"unknown escape character",
     "an unknown escape in double quotes; in single quotes \\ is itself"},
    {"bad character found while scanning hex",
     "an escape in double quotes needs hexadecimal digits"},
    {"invalid unicode", "an escape in double quotes is not a character"},
    {"illegal tab when looking for", "a tab in the indentation; YAML takes spaces only"},
    {"illegal document indicator", "a line --- or ... inside a quoted text"},
    {"the referenced anchor", "a text that begins with * needs quotes; an alias is not allowed"},
    {"alias not found", "a text that begins with * needs quotes"},
    {"illegal character found while scanning alias", "a text that begins with * needs quotes"},
    {"anchor not found", "a text that begins with & needs quotes"},
    {"illegal character found while scanning anchor", "a text that begins with & needs quotes"},
}};

YamlProblem reword(std::string_view text, const Positions& positions,
                   const YAML::ParserException& error) {
  const Position at = positions.at(error.mark);
  // In places yaml-cpp takes a tab for text and reports only what comes after it.
  const std::size_t start = positions.line_start(positions.offset(error.mark));
  const std::size_t content = std::min(text.find_first_not_of(" \t-", start), text.size());
  if (tab_before(text, content))
    return {positions.at(text.find('\t', start)),
            "a tab in the indentation; YAML takes spaces only"};
  for (const Wording& wording : kWordings)
    if (error.msg.rfind(wording.theirs, 0) == 0)
      return {at, "not valid YAML: " + std::string(wording.ours)};
  return {at, "not valid YAML: " + error.msg};
}

// The offset of a directive other than %YAML 1.x. yaml-cpp silently drops every line that begins
// with %, wherever it stands.
std::optional<std::size_t> find_directive(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const bool begins_line = at == 0 || text[at - 1] == '\n';
    if (begins_line && text.substr(at, 8) != "%YAML 1.") return at;
  }
  return std::nullopt;
}

}  // namespace

YamlFile read_yaml(std::string_view text) {
  YamlFile file;
  const Positions positions(text);
  if (const auto directive = find_directive(text)) {
    file.problem = {positions.at(*directive),
                    "a line must not begin with %: directives are not allowed"};
    return file;
  }
  try {
    std::istringstream stream{std::string(text)};
    Builder builder(text, positions, file.documents);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    file.problem = stop.problem;
  } catch (const YAML::ParserException& error) {
    file.problem = reword(text, positions, error);
  } catch (const YAML::Exception& error) {
    file.problem = {positions.at(error.mark), "not valid YAML: " + error.msg};
  }
  return file;
}

}  // namespace gtidops
