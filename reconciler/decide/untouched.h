// untouched: what the specification says to leave alone: reconcile.ignore (neither shown nor
// mended) and reconcile.protect (shown, never changed).
//
// An object is "variables/NAME", "users/NAME" or "replication/...". With "servers/SERVER/" in front
// it is one server's; "servers/SERVER" is everything about that server. read_only and
// super_read_only are one object: who may be written to is one decision.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "model/action.h"
#include "model/spec.h"

namespace gtidops {

// Does one of `entries` name this object of the server, or an object that contains it?
bool names_object(const std::vector<std::string>& entries, const std::string& server,
                  const std::string& object);
bool names_server(const std::vector<std::string>& entries, const std::string& server);

// The object that a difference's path is about: "persisted.super_read_only" is
// "variables/super_read_only", which names_object() takes for "variables/read_only".
std::string object_of_path(const Spec& spec, const std::string& path);
// The objects that an action changes. Empty: none that has a name.
std::vector<std::string> objects_of(const Action& action);

// Does reconcile.ignore name this object, so that it is neither shown nor mended?
bool ignores(const Spec& spec, const std::string& server, const std::string& object);
// Does reconcile.ignore or reconcile.protect forbid to change this object?
bool leaves_alone(const Spec& spec, const std::string& server, const std::string& object);

inline constexpr const char* kReadOnlyObject = "variables/read_only";

}  // namespace gtidops
