#include "git_world/ssh_signers.h"

#include <fstream>

namespace gtidops::testing {

void SshSigners::make_key(const std::string& name) {
  world_.run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", world_.path(name)});
}

void SshSigners::allow(const std::string& principal, const std::string& name,
                       const std::string& also) {
  std::ifstream key(world_.path(name + ".pub"));
  std::string type;
  std::string text;
  key >> type >> text;
  std::ofstream(file_, std::ios::app) << principal << " " << also << type << " " << text << "\n";
}

}  // namespace gtidops::testing
