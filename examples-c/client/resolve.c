#define _POSIX_C_SOURCE 200809L

#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xalloc.h"

struct resolver {
  int pipe[2];
  struct event *answered;
};

/* Belongs to the thread until its pointer has come through the pipe, apart from the last three
 * members, which only the loop's thread uses. */
struct lookup {
  char *host;
  char port[8];
  int pipe;
  struct addrinfo *addresses;
  int error;

  lookup_done done;
  void *arg;
  bool cancelled;
};

static void lookup_run(struct lookup *lookup) {
  struct addrinfo hints = {
      .ai_family = AF_UNSPEC,
      .ai_socktype = SOCK_STREAM,
      .ai_flags = AI_NUMERICSERV,
  };
  lookup->error = getaddrinfo(lookup->host, lookup->port, &hints, &lookup->addresses);
}

/* A pointer is far below PIPE_BUF, so it is written whole. */
static void lookup_post(struct lookup *lookup) {
  ssize_t n;
  do {
    n = write(lookup->pipe, &lookup, sizeof(lookup));
  } while (n < 0 && errno == EINTR);
}

static void *lookup_thread(void *arg) {
  lookup_run(arg);
  lookup_post(arg);
  return NULL;
}

/* Takes one answer out of the pipe. False: there is none. */
static bool take_answer(int fd) {
  struct lookup *lookup;
  if (read(fd, &lookup, sizeof(lookup)) != (ssize_t)sizeof(lookup)) {
    return false;
  }
  if (!lookup->cancelled) {
    lookup->done(lookup->addresses, lookup->error, lookup->arg);
  } else if (lookup->error == 0) {
    freeaddrinfo(lookup->addresses);
  }
  free(lookup->host);
  free(lookup);
  return true;
}

static void on_answered(evutil_socket_t fd, short what, void *arg) {
  (void)what;
  (void)arg;
  take_answer(fd);
}

struct resolver *resolver_new(struct event_base *base) {
  struct resolver *resolver = xcalloc(1, sizeof(*resolver));
  if (pipe(resolver->pipe) != 0) {
    free(resolver);
    return NULL;
  }
  fcntl(resolver->pipe[0], F_SETFD, FD_CLOEXEC);
  fcntl(resolver->pipe[1], F_SETFD, FD_CLOEXEC);
  fcntl(resolver->pipe[0], F_SETFL, O_NONBLOCK);
  resolver->answered =
      xcheck(event_new(base, resolver->pipe[0], EV_READ | EV_PERSIST, on_answered, NULL));
  event_add(resolver->answered, NULL);
  return resolver;
}

void resolver_free(struct resolver *resolver) {
  event_free(resolver->answered);
  while (take_answer(resolver->pipe[0])) {
    /* All look-ups have been cancelled by now; this frees those that have been answered. */
  }
  /* The writing end stays open: a thread whose look-up was cancelled may still write to it, and
   * must not hit another file that got the same number. */
  close(resolver->pipe[0]);
  free(resolver);
}

static bool start_thread(struct lookup *lookup) {
  /* Signals are for the loop's thread. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);

  pthread_t thread;
  int error = pthread_create(&thread, NULL, lookup_thread, lookup);
  if (error == 0) {
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error == 0;
}

static bool is_numeric_address(const char *host) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
  struct addrinfo *addresses;
  if (getaddrinfo(host, NULL, &hints, &addresses) != 0) {
    return false;
  }
  freeaddrinfo(addresses);
  return true;
}

struct lookup *resolver_lookup(struct resolver *resolver, const char *host, uint16_t port,
                               lookup_done done, void *arg) {
  struct lookup *lookup = xcalloc(1, sizeof(*lookup));
  lookup->host = xstrdup(host);
  lookup->pipe = resolver->pipe[1];
  lookup->done = done;
  lookup->arg = arg;
  snprintf(lookup->port, sizeof(lookup->port), "%u", (unsigned)port);

  if (is_numeric_address(host) || !start_thread(lookup)) {
    lookup_run(lookup); /* at once; without a thread it is slow, but it works */
    lookup_post(lookup);
  }
  return lookup;
}

void lookup_cancel(struct lookup *lookup) {
  lookup->cancelled = true;
}
