// Errors: what is wrong with one file, collected, so that one run tells all of it.
//
// Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "spec/parse.h"

namespace gtidops {

inline constexpr std::size_t kMaxErrors = 100;

// Where every key of one document stands, and its value, by its path.
struct Place {
  Position key;  // of a list's item: the item
  Position value;
};
using Places = std::map<std::string, Place>;

class Errors {
 public:
  explicit Errors(std::string file) : file_(std::move(file)) {}

  // Keeps the error unless full().
  void add(Position at, std::string path, std::string message);

  // At the value or the key of that path; if it is not there, at the nearest key above it.
  void add_at_value(const std::string& path, std::string message);
  void add_at_key(const std::string& path, std::string message);

  // From here on the errors are of the document with these places.
  void begin_document(Places places);

  // There is one more than will be shown: searching on would be wasted.
  [[nodiscard]] bool full() const { return errors_.size() > kMaxErrors; }
  [[nodiscard]] std::size_t size() const { return errors_.size(); }

  // Has `path`, or anything below it, an error in this document? A rule about a value that was not
  // read would only repeat it.
  [[nodiscard]] bool any_below(std::string_view path) const;
  [[nodiscard]] bool any_in_document() const { return errors_.size() > document_begin_ || full(); }

  // The first kMaxErrors by position, and one that says so when there are more.
  [[nodiscard]] std::vector<SpecError> sorted() const;

 private:
  [[nodiscard]] const Place* find_place(std::string path) const;

  std::string file_;
  std::vector<SpecError> errors_;
  std::size_t document_begin_ = 0;  // errors before this index are of earlier documents
  Places places_;
};

}  // namespace gtidops
