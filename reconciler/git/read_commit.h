// What a commit in the clone says: who made it, and its topology files, read from its tree without
// a checkout. Symbolic links and submodules are not followed, but told of: see
// model/topology_files.h.
//
// Thread-safety: one thread a repository. Errors: ReadFailure: either the clone is damaged (then a
// new one helps), or the commit is not what is wanted.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "git/handles.h"
#include "ports/spec_source.h"

namespace gtidops::git {

struct ReadFailure {
  bool damaged = false;
  SourceError error;
};

template <class T>
using Read = tl::expected<T, ReadFailure>;

class Commit {
 public:
  // `clone`: the path of a bare repository; `id`: a full hash.
  static Read<Commit> open(const std::string& clone, const std::string& id);

  [[nodiscard]] SourceRevision revision() const;
  // `path`: a folder or one file; empty: all of it. An error names what stands in the place of a
  // file or folder and is none.
  [[nodiscard]] Read<std::vector<SourceFile>> files(const std::string& path) const;
  // Is that commit this one, or one of those that led to it? False when it is not even there.
  [[nodiscard]] Read<bool> comes_from(const std::string& ancestor) const;

  struct Signature {
    std::string text;     // as git keeps it; empty: there is none
    std::string payload;  // what was signed
  };
  [[nodiscard]] Read<Signature> signature() const;

 private:
  Commit(RepositoryPtr repository, CommitPtr commit)
      : repository_(std::move(repository)), commit_(std::move(commit)) {}

  RepositoryPtr repository_;
  CommitPtr commit_;
};

// "topologies/" and "./topologies" are "topologies"; "." is all of it. Nullopt: it leads out.
std::optional<std::string> clean_path(const std::string& path);

}  // namespace gtidops::git
