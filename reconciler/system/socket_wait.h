// wait_socket: waits for a socket, with a deadline and a way to be cancelled.
//
// Thread-safety: pure system calls. Errors: none; a socket in error counts as ready, and its next
// use returns the error.
#pragma once

#include "system/deadline.h"

namespace gtidops {

enum class Waited { kReady, kTimeout, kCancelled };

// `cancelled`: a descriptor whose readability ends the wait; -1: none.
Waited wait_socket(int socket, short events, Deadline deadline, int cancelled = -1);

// Returns the pending error of a socket (SO_ERROR) and clears it.
int take_socket_error(int socket);

// Sets close-on-exec, and keep-alive probes that find a dead host in ten seconds.
void prepare_socket(int socket);

// Has the other host's kernel not acknowledged what was sent? Then the host or the network path is
// gone. Otherwise the server process itself is busy or stopped.
bool is_unacknowledged(int socket);

// Is the connection established?
bool is_connected(int socket);
// Is there something to read, or has the other side closed?
bool has_input(int socket);
// Has the other side closed, even if something is still unread?
bool peer_closed(int socket);

}  // namespace gtidops
