// Commit: a commit in the clone: its author, and its topology files, read from its tree without a
// checkout. Symbolic links and submodules are not followed, but reported: see
// model/topology_files.h.
//
// Thread-safety: one thread a repository. Errors: ReadFailure: either the clone is damaged (a new
// one helps), or the commit is not what is wanted.
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
  // `path`: a folder or one file; empty: the whole tree. The error names links and submodules that
  // stand in place of a file or folder.
  [[nodiscard]] Read<std::vector<SourceFile>> files(const std::string& path) const;
  // Is `ancestor` this commit or one that led to it? False also when the clone does not have it.
  [[nodiscard]] Read<bool> comes_from(const std::string& ancestor) const;

  struct Signature {
    std::string text;     // as git keeps it; empty: the commit is not signed
    std::string payload;  // the bytes that were signed
  };
  [[nodiscard]] Read<Signature> signature() const;

 private:
  Commit(RepositoryPtr repository, CommitPtr commit)
      : repository_(std::move(repository)), commit_(std::move(commit)) {}

  RepositoryPtr repository_;
  CommitPtr commit_;
};

// "topologies/" and "./topologies" become "topologies"; "." becomes "", the whole tree. nullopt: it
// leads out of the repository.
std::optional<std::string> clean_path(const std::string& path);

}  // namespace gtidops::git
