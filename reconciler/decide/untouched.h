// untouched: what the specification says to leave alone: reconcile.ignore (neither shown nor
// mended) and reconcile.protect (shown, never changed).
//
// An object is "variables/NAME", "users/NAME", "replication/...", or, of one server,
// "servers/SERVER/" and one of these; "servers/SERVER" is everything about it. read_only and
// super_read_only are one: who may be written to is one decision.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "model/action.h"
#include "model/spec.h"

namespace gtidops {

// Does one of `entries` name this object of the server, or something that holds it?
bool names_object(const std::vector<std::string>& entries, const std::string& server,
                  const std::string& object);
bool names_server(const std::vector<std::string>& entries, const std::string& server);

// The object that a difference's path is about: "persisted.super_read_only" is
// "variables/read_only".
std::string object_of_path(const Spec& spec, const std::string& path);
// Those that an action changes; empty: none that has a name.
std::vector<std::string> objects_of(const Action& action);

// Is a difference there neither shown nor mended?
bool ignores(const Spec& spec, const std::string& server, const std::string& object);
// May it be changed, as far as ignore and protect go?
bool leaves_alone(const Spec& spec, const std::string& server, const std::string& object);

inline constexpr const char* kReadOnlyObject = "variables/read_only";

}  // namespace gtidops
