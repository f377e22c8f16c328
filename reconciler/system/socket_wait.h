// Waiting for sockets, with a limit and a way to be stopped.
//
// Thread-safety: pure system calls. Errors: none; a socket in error counts as ready, its next use
// says why.
#pragma once

#include "system/deadline.h"

namespace gtidops {

enum class Waited { kReady, kTimeout, kCancelled };

// `cancelled`: a descriptor whose readability ends the wait; -1: none.
Waited wait_socket(int socket, short events, Deadline deadline, int cancelled = -1);

// The pending error of a socket (SO_ERROR), which is thereby taken from it.
int take_socket_error(int socket);

// Closed in children, and with keep-alive probes that find a dead host in ten seconds.
void prepare_socket(int socket);

// Is what we sent not even acknowledged by the other host's kernel? Then the host or the way there
// is gone; else the server itself is busy, or stopped.
bool is_unacknowledged(int socket);

// Has the other host accepted?
bool is_connected(int socket);
// Has something come in, or has the other side closed?
bool has_input(int socket);
// Has the other side closed, whatever may still be unread?
bool peer_closed(int socket);

}  // namespace gtidops
