/* The standard streams are shared with other processes, so they must stay blocking. Instead no more
 * is written at a time than poll() promises room for. */
#define _POSIX_C_SOURCE 200809L

#include "sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "../client/xalloc.h"
#include "client.h"

/* The server is held up while more than this waits. */
#define QUEUE_MAX (1024 * 1024)
#define QUEUE_LOW (256 * 1024)

/* So many writes, and the event loop gets its turn. */
#define WRITES_PER_TURN 64

struct sink {
  struct connection *connection;
  int fd;
  void (*changed)(void *arg);
  void *arg;
  struct evbuffer *queue;
  struct event *writable;
  bool pausing;
  int error;
};

static void pause_or_resume(struct sink *sink) {
  size_t len = evbuffer_get_length(sink->queue);
  if (!sink->pausing && len > QUEUE_MAX) {
    sink->pausing = true;
    connection_pause(sink->connection);
  } else if (sink->pausing && len < QUEUE_LOW) {
    sink->pausing = false;
    connection_resume(sink->connection);
  }
}

static void fail(struct sink *sink, int error) {
  sink->error = error;
  evbuffer_drain(sink->queue, evbuffer_get_length(sink->queue));
}

static bool has_room(int fd) {
  struct pollfd room = {.fd = fd, .events = POLLOUT};
  return poll(&room, 1, 0) > 0;
}

static void write_some(struct sink *sink) {
  for (int i = 0; i < WRITES_PER_TURN && !sink_is_empty(sink) && has_room(sink->fd); i++) {
    size_t len = evbuffer_get_contiguous_space(sink->queue);
    if (len > PIPE_BUF) {
      len = PIPE_BUF;
    }
    ssize_t n = write(sink->fd, evbuffer_pullup(sink->queue, (ev_ssize_t)len), len);
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
      fail(sink, errno);
      return;
    }
    if (n < 0) {
      return;
    }
    evbuffer_drain(sink->queue, (size_t)n);
  }
}

static void on_writable(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct sink *sink = arg;
  write_some(sink);
  pause_or_resume(sink);
  if (sink_is_empty(sink)) {
    sink->changed(sink->arg);
  } else {
    event_add(sink->writable, NULL);
  }
}

struct sink *sink_new(struct connection *connection, int fd, void (*changed)(void *arg),
                      void *arg) {
  struct sink *sink = xcalloc(1, sizeof(*sink));
  sink->connection = connection;
  sink->fd = fd;
  sink->changed = changed;
  sink->arg = arg;
  sink->queue = xcheck(evbuffer_new());
  sink->writable = xcheck(event_new(connection->client->base, fd, EV_WRITE, on_writable, sink));
  return sink;
}

void sink_free(struct sink *sink) {
  if (sink != NULL) {
    event_free(sink->writable);
    evbuffer_free(sink->queue);
    free(sink);
  }
}

void sink_write(struct sink *sink, const void *data, size_t len) {
  if (sink->error != 0 || len == 0) {
    return;
  }
  xcheck(evbuffer_add(sink->queue, data, len) == 0 ? sink : NULL);
  event_add(sink->writable, NULL);
  pause_or_resume(sink);
}

bool sink_is_empty(const struct sink *sink) {
  return evbuffer_get_length(sink->queue) == 0;
}

int sink_error(const struct sink *sink) {
  return sink->error;
}
