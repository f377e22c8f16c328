#include "spec/errors.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gtidops {

void Errors::add(Position at, std::string path, std::string message) {
  if (full()) return;
  errors_.push_back({file_, at, std::move(path), std::move(message)});
}

const Place* Errors::find_place(std::string path) const {
  while (true) {
    const auto found = places_.find(path);
    if (found != places_.end()) return &found->second;
    const std::size_t end = path.find_last_of(".[");
    if (end == std::string::npos) return nullptr;
    path.resize(end);
  }
}

void Errors::add_at_value(const std::string& path, std::string message) {
  if (places_.find(path) == places_.end()) return add_at_key(path, std::move(message));
  add(places_.at(path).value, path, std::move(message));
}

void Errors::add_at_key(const std::string& path, std::string message) {
  const Place* place = find_place(path);
  add(place == nullptr ? Position{1, 1} : place->key, path, std::move(message));
}

void Errors::begin_document(Places places) {
  places_ = std::move(places);
  document_begin_ = errors_.size();
}

bool Errors::any_below(std::string_view path) const {
  const auto below = [&](const SpecError& error) {
    const std::string_view other = error.path;
    if (other.substr(0, path.size()) != path) return false;
    return other.size() == path.size() || other[path.size()] == '.' || other[path.size()] == '[';
  };
  return std::any_of(errors_.begin() + static_cast<std::ptrdiff_t>(document_begin_), errors_.end(),
                     below);
}

std::vector<SpecError> Errors::sorted() const {
  std::vector<SpecError> all = errors_;
  std::stable_sort(all.begin(), all.end(), [](const SpecError& a, const SpecError& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  if (full()) {
    all.resize(kMaxErrors);
    all.push_back(
        {file_, all.back().at, "",
         "there are more than " + std::to_string(kMaxErrors) + " errors; mend these first"});
  }
  return all;
}

std::string SpecError::to_string() const {
  std::string out = file + ":";
  if (at.line > 0) out += std::to_string(at.line) + ":" + std::to_string(at.column) + ":";
  if (!path.empty()) out += " " + path + ":";
  return out + " " + message;
}

}  // namespace gtidops
