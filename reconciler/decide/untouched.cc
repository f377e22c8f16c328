#include "decide/untouched.h"

#include <algorithm>
#include <variant>

namespace gtidops {
namespace {

bool begins_with(const std::string& text, const std::string& begin) {
  return text.compare(0, begin.size(), begin) == 0;
}

// super_read_only and read_only are one object: both entries are compared as ".../read_only".
std::string canonical(std::string entry) {
  const std::string name = "super_read_only";
  const std::size_t at = entry.rfind('/');
  if (at != std::string::npos && entry.substr(at + 1) == name)
    entry.replace(at + 1, name.size(), "read_only");
  return entry;
}

// Is `object` the object that `entry` names, or a part of it?
bool holds(const std::string& entry, const std::string& object) {
  return object == entry || begins_with(object, entry + "/");
}

struct Objects {
  std::vector<std::string> operator()(const SetReadOnly&) const { return {kReadOnlyObject}; }
  std::vector<std::string> operator()(const OpenWrites&) const { return {kReadOnlyObject}; }
  std::vector<std::string> operator()(const PersistReadOnly&) const { return {kReadOnlyObject}; }
  std::vector<std::string> operator()(const SetServerId&) const { return {"variables/server_id"}; }
  std::vector<std::string> operator()(const SetGtidMode&) const { return {"variables/gtid_mode"}; }
  std::vector<std::string> operator()(const CreateReplicationUser& action) const {
    return {"users/" + action.user};
  }
  std::vector<std::string> operator()(const GrantReplication& action) const {
    return {"users/" + action.user};
  }
  std::vector<std::string> operator()(const RevokePrivileges& action) const {
    return {"users/" + action.user};
  }
  std::vector<std::string> operator()(const DropUser& action) const {
    return {"users/" + action.user};
  }
  std::vector<std::string> operator()(const CreateCopyAccount&) const {
    return {"users/" + std::string(kCopyUser)};
  }
  std::vector<std::string> operator()(const DropCopyAccount&) const {
    return {"users/" + std::string(kCopyUser)};
  }
  std::vector<std::string> operator()(const StartReplica&) const { return {"replication"}; }
  std::vector<std::string> operator()(const ConfigureSemiSync&) const {
    return {"replication/semiSync"};
  }
  template <class Other>
  std::vector<std::string> operator()(const Other&) const {
    return {};
  }
};

}  // namespace

bool names_object(const std::vector<std::string>& entries, const std::string& server,
                  const std::string& object) {
  const std::string whole = canonical(object);
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& written) {
    const std::string entry = canonical(written);
    if (holds(entry, whole)) return true;
    const std::string of_server = "servers/" + server;
    return entry == of_server || holds(entry, of_server + "/" + whole);
  });
}

bool names_server(const std::vector<std::string>& entries, const std::string& server) {
  return std::find(entries.begin(), entries.end(), "servers/" + server) != entries.end();
}

std::string object_of_path(const Spec& spec, const std::string& path) {
  const auto after = [&](const std::string& prefix) { return path.substr(prefix.size()); };
  if (begins_with(path, "replication.user"))
    return spec.replication.user ? "users/" + *spec.replication.user->name : "users";
  if (begins_with(path, "persisted.")) return "variables/" + after("persisted.");
  if (begins_with(path, "variables.")) return "variables/" + after("variables.");
  std::string object = path;
  std::replace(object.begin(), object.end(), '.', '/');
  const bool variable = path.find('.') == std::string::npos && path != "primary";
  return variable ? "variables/" + object : object;
}

std::vector<std::string> objects_of(const Action& action) { return std::visit(Objects{}, action); }

bool ignores(const Spec& spec, const std::string& server, const std::string& object) {
  return names_object(*spec.reconcile.ignore, server, object);
}

bool leaves_alone(const Spec& spec, const std::string& server, const std::string& object) {
  return ignores(spec, server, object) || names_object(*spec.reconcile.protect, server, object);
}

}  // namespace gtidops
