#define _POSIX_C_SOURCE 200809L

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "../client/xalloc.h"

static volatile sig_atomic_t arrived;
static int wake_pipe[2] = {-1, -1};
static struct event *woken;
static void (*callback)(void *arg);
static void *callback_arg;

/* libevent's own signal events restart system calls, so a write to a blocked standard output would
 * never notice them. */
static void on_signal(int number) {
  int saved = errno;
  arrived = number;
  ssize_t ignored = write(wake_pipe[1], "", 1);
  (void)ignored; /* the flag is set; only the loop's wake-up is at stake, once per process */
  errno = saved;
}

static void on_woken(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  (void)arg;
  callback(callback_arg);
}

void interrupt_start(struct event_base *base, void (*done)(void *arg), void *arg) {
  callback = done;
  callback_arg = arg;
  if (pipe(wake_pipe) != 0) {
    return; /* then a signal ends the process at once, as if this file did not exist */
  }
  fcntl(wake_pipe[0], F_SETFD, FD_CLOEXEC);
  fcntl(wake_pipe[1], F_SETFD, FD_CLOEXEC);
  woken = xcheck(event_new(base, wake_pipe[0], EV_READ, on_woken, NULL));
  event_add(woken, NULL);

  struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

void interrupt_stop(void) {
  if (woken == NULL) {
    return;
  }
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  event_free(woken);
  woken = NULL;
  close(wake_pipe[0]);
  close(wake_pipe[1]);
}

int interrupt_signal(void) {
  return arrived;
}
