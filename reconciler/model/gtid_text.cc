// GtidSet from text and to text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <system_error>

#include "model/gtid_set.h"
#include "model/intervals.h"

namespace gtidops {
namespace {

using intervals::Intervals;

constexpr std::size_t kUuidText = 36;

constexpr bool dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

// What the server takes for white space, whatever the locale.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool starts_tag(char c) {
  return c == '_' || (lower_case(c) >= 'a' && lower_case(c) <= 'z');
}
constexpr bool continues_tag(char c) { return starts_tag(c) || is_digit(c); }

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  c = lower_case(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

// Reads the text in one pass. Text in the server's order, as nearly all is, puts every interval
// into its final place at once; only what is out of order is sorted afterwards.
class GtidSet::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<GtidSet> set() {
    set_.intervals_.reserve(static_cast<std::size_t>(std::count(text_.begin(), text_.end(), ':')));
    skip_space();
    while (!done()) {
      if (text_[at_] != ',' && !item()) return error();
      if (!done() && !eat(',')) {
        expected("\",\"");
        return error();
      }
      skip_space();
    }
    if (!in_order_) regroup();
    return std::move(set_);
  }

  // Is the whole text one UUID, or one tag?
  bool only_uuid(Source& source) { return uuid(source) && done(); }
  bool only_tag(Source& source) { return !done() && starts_tag(text_[0]) && tag(source) && done(); }

 private:
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  void skip_space() {
    while (!done() && is_space(text_[at_])) ++at_;
  }
  bool eat(char wanted) {
    if (done() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool expected(const char* what) {
    wanted_ = what;
    return false;
  }

  [[nodiscard]] tl::unexpected<Error> error() const {
    std::string message = std::string("not a GTID set: expected ") + wanted_ + " after " +
                          std::to_string(at_) + (at_ == 1 ? " character" : " characters");
    if (done()) return fail(ErrorCode::kInvalid, message + ", at the end");
    std::string near(text_.substr(at_, 24));
    // the message may end up on a terminal
    for (char& c : near) c = c >= ' ' && c <= '~' ? c : '?';
    return fail(ErrorCode::kInvalid, message + ", before \"" + near + "\"");
  }

  // uuid [":" (tag | interval)]..., the white space behind it included.
  bool item() {
    Source source;
    if (!uuid(source)) return false;
    skip_space();
    while (eat(':')) {
      skip_space();
      if (!done() && starts_tag(text_[at_])) {
        close(source);
        if (!tag(source)) return false;
      } else if (!interval()) {
        return false;
      }
      skip_space();
    }
    close(source);
    return true;
  }

  bool uuid(Source& source) {
    const bool braces = eat('{');
    const bool dashes = braces || (text_.size() - at_ > 8 && text_[at_ + 8] == '-');
    for (std::size_t byte = 0; byte < source.uuid.size(); ++byte) {
      if (dashes && dash_before(byte) && !eat('-')) return expected("\"-\" of a UUID");
      int value = 0;
      for (int half = 0; half < 2; ++half) {
        const int digit = done() ? -1 : hex_value(text_[at_]);
        if (digit < 0) return expected("a hex digit of a UUID");
        value = value * 16 + digit;
        ++at_;
      }
      source.uuid[byte] = static_cast<unsigned char>(value);
    }
    return !braces || eat('}') || expected("\"}\"");
  }

  bool tag(Source& source) {
    source.tag = {};
    std::size_t length = 0;
    for (; !done() && continues_tag(text_[at_]); ++at_) {
      if (length == source.tag.size()) return expected("a tag of at most 32 characters to end");
      source.tag[length++] = static_cast<unsigned char>(lower_case(text_[at_]));
    }
    return true;
  }

  // number ["-" number]
  bool interval() {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const std::size_t start = at_;
    if (!number(first)) return false;
    if (first == 0) {
      at_ = start;
      return expected("a number from 1");
    }
    last = first;
    skip_space();
    if (eat('-')) {
      skip_space();
      if (!number(last)) return false;
    }
    add({static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)});
    return true;
  }

  bool number(std::uint64_t& value) {
    const char* from = text_.data() + at_;
    const auto [end, failure] = std::from_chars(from, text_.data() + text_.size(), value);
    if (failure == std::errc::invalid_argument) return expected("a number");
    if (failure != std::errc{} || value > std::uint64_t{kMaxNumber})
      return expected("a number up to 9223372036854775806");
    at_ += static_cast<std::size_t>(end - from);
    return true;
  }

  void add(const Interval& next) {
    if (next.last < next.first) return;
    std::vector<Interval>& all = set_.intervals_;
    if (all.size() > begin_ && next.first < all.back().first) {
      all.push_back(next);
      ascending_ = false;
    } else {
      intervals::append(all, begin_, next);
    }
  }

  void close(const Source& source) {
    if (!ascending_) intervals::tidy(set_.intervals_, begin_);
    if (set_.intervals_.size() > begin_ && !set_.ranges_.empty() &&
        source.compare(set_.ranges_.back().source) <= 0)
      in_order_ = false;
    set_.close(source);
    begin_ = set_.intervals_.size();
    ascending_ = true;
  }

  // Sorts the ranges by source and merges those of the same source.
  void regroup() {
    struct Piece {
      Source source;
      std::size_t begin;
      std::size_t end;
    };
    std::vector<Piece> pieces;
    pieces.reserve(set_.ranges_.size());
    std::size_t begin = 0;
    for (const Range& range : set_.ranges_) {
      pieces.push_back({range.source, begin, range.end});
      begin = range.end;
    }
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return a.source.compare(b.source) < 0; });
    GtidSet sorted;
    sorted.intervals_.reserve(set_.intervals_.size());
    begin = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const Intervals piece =
          Intervals(set_.intervals_).subspan(pieces[i].begin, pieces[i].end - pieces[i].begin);
      sorted.intervals_.insert(sorted.intervals_.end(), piece.begin(), piece.end());
      if (i + 1 < pieces.size() && pieces[i + 1].source == pieces[i].source) continue;
      intervals::tidy(sorted.intervals_, begin);
      sorted.close(pieces[i].source);
      begin = sorted.intervals_.size();
    }
    set_ = std::move(sorted);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  const char* wanted_ = "";
  GtidSet set_;
  std::size_t begin_ = 0;  // where the range that is being read begins in set_.intervals_
  bool ascending_ = true;  // the intervals of that range ascend, so far
  bool in_order_ = true;   // the ranges ascend, so far
};

// Writes into a buffer of at least the needed size (bound()), so that it never grows.
class GtidSet::Printer {
 public:
  static std::string print(const GtidSet& set) {
    std::string text(bound(set), '\0');
    Printer printer(text);
    std::size_t begin = 0;
    const Source* previous = nullptr;
    for (const Range& range : set.ranges_) {
      printer.source(range.source, previous);
      for (; begin < range.end; ++begin) printer.interval(set.intervals_[begin]);
      previous = &range.source;
    }
    text.resize(static_cast<std::size_t>(printer.out_ - text.data()));
    return text;
  }

 private:
  explicit Printer(std::string& text) : out_(text.data()), end_(out_ + text.size()) {}

  static std::size_t digits(std::int64_t number) {
    std::size_t count = 1;
    while (number >= 10) {
      number /= 10;
      ++count;
    }
    return count;
  }

  // No number of a range has more digits than its last one.
  static std::size_t bound(const GtidSet& set) {
    std::size_t size = 0;
    std::size_t begin = 0;
    for (const Range& range : set.ranges_) {
      const std::size_t number = digits(set.intervals_[range.end - 1].last);
      size += 1 + kUuidText + 1 + range.source.tag.size() + (range.end - begin) * 2 * (1 + number);
      begin = range.end;
    }
    return size;
  }

  // Ranges of one server share its UUID; the one without a tag comes first.
  void source(const Source& source, const Source* previous) {
    if (previous == nullptr || previous->uuid != source.uuid) {
      if (previous != nullptr) *out_++ = ',';
      uuid(source);
    }
    if (source.tag[0] == 0) return;
    *out_++ = ':';
    for (std::size_t i = 0; i < source.tag.size() && source.tag[i] != 0; ++i)
      *out_++ = static_cast<char>(source.tag[i]);
  }

  void uuid(const Source& source) {
    constexpr std::string_view kHex = "0123456789abcdef";
    for (std::size_t byte = 0; byte < source.uuid.size(); ++byte) {
      if (dash_before(byte)) *out_++ = '-';
      *out_++ = kHex[source.uuid[byte] >> 4U];
      *out_++ = kHex[source.uuid[byte] & 15U];
    }
  }

  void interval(const Interval& one) {
    *out_++ = ':';
    out_ = std::to_chars(out_, end_, one.first).ptr;
    if (one.last == one.first) return;
    *out_++ = '-';
    out_ = std::to_chars(out_, end_, one.last).ptr;
  }

  char* out_;
  char* end_;
};

Result<GtidSet> GtidSet::parse(std::string_view text) { return Parser(text).set(); }

GtidSet GtidSet::of(std::string_view uuid, std::int64_t first, std::int64_t last,
                    std::string_view tag) {
  Source source;
  const bool named =
      Parser(uuid).only_uuid(source) && (tag.empty() || Parser(tag).only_tag(source));
  if (!named || first < 1 || last > kMaxNumber) std::abort();
  GtidSet set;
  if (first <= last) set.intervals_.push_back({first, last});
  set.close(source);
  return set;
}

std::string GtidSet::to_string() const { return Printer::print(*this); }

GtidSet GtidSet::of_server(std::string_view uuid) const {
  GtidSet result;
  Source wanted;
  if (!Parser(uuid).only_uuid(wanted)) return result;
  std::size_t begin = 0;
  for (const Range& range : ranges_) {
    if (range.source.uuid == wanted.uuid) {
      const Intervals mine = Intervals(intervals_).subspan(begin, range.end - begin);
      result.intervals_.insert(result.intervals_.end(), mine.begin(), mine.end());
      result.close(range.source);
    }
    begin = range.end;
  }
  return result;
}

GtidSet GtidSet::gaps() const {
  GtidSet result;
  std::size_t begin = 0;
  for (const Range& range : ranges_) {
    std::int64_t next = 1;  // the lowest number that may be missing
    for (const Interval& held : Intervals(intervals_).subspan(begin, range.end - begin)) {
      if (held.first > next) result.intervals_.push_back({next, held.first - 1});
      next = held.last + 1;
    }
    result.close(range.source);
    begin = range.end;
  }
  return result;
}

namespace {

// "7", "1-5"; neither a UUID nor a tag.
bool is_interval(std::string_view item) {
  return item.find_first_not_of("0123456789-") == std::string_view::npos &&
         std::count(item.begin(), item.end(), '-') <= 1;
}

}  // namespace

std::string shortened(const GtidSet& set, std::size_t longest) {
  const std::string text = set.to_string();
  if (text.size() <= longest) return text;
  // The text is only cut behind an interval. Cut behind a UUID or a tag, or within a number, it
  // would name other transactions.
  std::size_t cut = 0;
  std::size_t begin = 0;
  while (begin < text.size() && (begin < longest || cut == 0)) {
    const std::size_t end = std::min(text.find_first_of(":,", begin), text.size());
    if (is_interval(std::string_view(text).substr(begin, end - begin)) &&
        (end <= longest || cut == 0))
      cut = end;
    begin = end + 1;
  }
  const std::string shown = text.substr(0, cut);
  const auto told = GtidSet::parse(shown);
  if (!told || *told == set) return text;
  const std::int64_t more = set.count() - told->count();
  return fmt::format("{} and {} transaction{} more", shown, more, more == 1 ? "" : "s");
}

}  // namespace gtidops
