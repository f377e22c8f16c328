// closed_server: what those actions share that write on a closed server. super_read_only is OFF for
// their statements alone (some milliseconds, in which an administrator's session could write), and
// the executor puts it back whatever happens; read_only stays ON. On an open server nothing is
// lifted.
//
// Thread-safety: pure functions. Errors: none; a Check says why something is unknown.
#pragma once

#include <string>
#include <vector>

#include "model/actions/common.h"

namespace gtidops {

// Is the server closed if and only if `lift`, and may DDL run there now? LOCK INSTANCE FOR BACKUP
// would make the statements wait, with super_read_only OFF.
Check may_write_there(const ServerState& state, const Details& details, const std::string& server,
                      bool lift);
// Is a server on which super_read_only was lifted closed again?
Check is_closed_again(const ServerState& state, const std::string& server, bool lift);
// `statements`, between setting super_read_only OFF and ON again.
std::vector<Statement> with_super_read_only_off(const std::string& server, bool lift,
                                                std::vector<Statement> statements);
// What must be run when with_super_read_only_off() did not all run.
std::vector<Statement> put_back_super_read_only(const std::string& server, bool lift);
// INSTALL PLUGIN; that it is there already is no error.
Statement install_plugin(const std::string& server, const std::string& plugin,
                         const std::string& library);
// What describe() adds: ", with super_read_only lifted for that moment", or nothing.
std::string and_super_read_only_off(bool lift);

}  // namespace gtidops
