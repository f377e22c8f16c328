// handles: libgit2's objects, freed when their owner goes; and the library itself, started once a
// process.
//
// Thread-safety: a handle belongs to one thread at a time. Errors: start_libgit2() throws
// std::runtime_error when the library cannot be started.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

namespace gtidops::git {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using RepositoryPtr = std::unique_ptr<git_repository, Freed<git_repository_free>>;
using RemotePtr = std::unique_ptr<git_remote, Freed<git_remote_free>>;
using CommitPtr = std::unique_ptr<git_commit, Freed<git_commit_free>>;
using TreePtr = std::unique_ptr<git_tree, Freed<git_tree_free>>;
using TreeEntryPtr = std::unique_ptr<git_tree_entry, Freed<git_tree_entry_free>>;
using BlobPtr = std::unique_ptr<git_blob, Freed<git_blob_free>>;
using ObjectPtr = std::unique_ptr<git_object, Freed<git_object_free>>;
using OdbPtr = std::unique_ptr<git_odb, Freed<git_odb_free>>;
using ReferencePtr = std::unique_ptr<git_reference, Freed<git_reference_free>>;
using ConfigPtr = std::unique_ptr<git_config, Freed<git_config_free>>;

// The handle that a function of libgit2 returns through its first parameter; empty when the
// function fails, and `code` then says how.
template <class Pointer, class Function, class... Arguments>
Pointer get(int& code, Function function, Arguments... arguments) {
  typename Pointer::pointer raw = nullptr;
  code = function(&raw, arguments...);
  return Pointer(code == 0 ? raw : nullptr);
}

// No git configuration is read, neither the system's nor the user's. `home`: libssh2 reads
// .ssh/known_hosts there, and the folder holds nothing else. Only the first call counts.
void start_libgit2(const std::string& home = {});
// libgit2's message for the last call of this thread that failed, on one line.
std::string last_message();
int last_class();
std::string hex(const git_oid& id);
// Makes text from outside fit for one line: valid UTF-8 without control characters.
std::string printable(const std::string& text, std::size_t limit = 500);

}  // namespace gtidops::git
