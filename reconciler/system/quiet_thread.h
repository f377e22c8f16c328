// quiet_thread: starts a thread that blocks all signals, so that they reach only the threads that
// wait for them.
//
// Thread-safety: yes. Errors: std::system_error, as std::thread.
#pragma once

#include <signal.h>  // NOLINT(modernize-deprecated-headers): pthread_sigmask

#include <system_error>
#include <thread>
#include <utility>

namespace gtidops {

template <class Work>
std::thread quiet_thread(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread started(std::move(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
  } catch (const std::system_error&) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
}

}  // namespace gtidops
