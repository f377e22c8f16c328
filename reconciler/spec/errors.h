// Errors: what is wrong with one file, collected, so that one run reports all of it.
//
// Thread-safety: one thread at a time. Errors: none.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "spec/parse.h"

namespace gtidops {

inline constexpr std::size_t kMaxErrors = 100;

// The positions of a key and of its value. `Places` holds them for every key path of one document.
struct Place {
  Position key;  // for an item of a list: the item itself
  Position value;
};
using Places = std::map<std::string, Place>;

class Errors {
 public:
  explicit Errors(std::string file) : file_(std::move(file)) {}

  // Keeps the error unless full().
  void add(Position at, std::string path, std::string message);

  // Adds the error at the value or the key of `path`. When the document has no such path, the error
  // goes to the nearest key above it.
  void add_at_value(const std::string& path, std::string message);
  void add_at_key(const std::string& path, std::string message);

  // Errors that are added from here on belong to the document with these places.
  void begin_document(Places places);

  // True when there is one error more than sorted() shows, so that the search for more can end.
  [[nodiscard]] bool full() const { return errors_.size() > kMaxErrors; }
  [[nodiscard]] std::size_t size() const { return errors_.size(); }

  // Has `path`, or anything below it, an error in this document? A rule then skips the value,
  // because it would only report the same mistake again.
  [[nodiscard]] bool any_below(std::string_view path) const;
  [[nodiscard]] bool any_in_document() const { return errors_.size() > document_begin_ || full(); }

  // The first kMaxErrors errors by position. When there are more, a last error says so.
  [[nodiscard]] std::vector<SpecError> sorted() const;

 private:
  [[nodiscard]] const Place* find_place(std::string path) const;

  std::string file_;
  std::vector<SpecError> errors_;
  std::size_t document_begin_ = 0;  // errors before this index are of earlier documents
  Places places_;
};

}  // namespace gtidops
