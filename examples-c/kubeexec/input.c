#define _POSIX_C_SOURCE 200809L

#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../client/xalloc.h"
#include "report.h"

#define READ_CHUNK (32 * 1024)

struct input {
  struct stream *stream;
  struct event *readable;
  bool ended;
};

static void end(struct input *input) {
  input->ended = true;
  stream_finish(input->stream);
}

/* It stays blocking, because others share it; one read() after the event does not block. */
static void on_readable(evutil_socket_t fd, short what, void *arg) {
  (void)what;
  struct input *input = arg;
  char buf[READ_CHUNK];
  ssize_t n = read((int)fd, buf, sizeof(buf));
  if (n > 0) {
    stream_write(input->stream, buf, (size_t)n);
  } else if (n == 0) {
    end(input);
  } else if (errno != EINTR && errno != EAGAIN) {
    report("standard input: %s", strerror(errno));
    end(input);
  }
  input_continue(input);
}

void input_continue(struct input *input) {
  if (!input->ended && stream_backlog(input->stream) < STREAM_BACKLOG_MAX) {
    event_add(input->readable, NULL);
  }
}

struct input *input_start(struct event_base *base, struct stream *stream) {
  struct input *input = xcalloc(1, sizeof(*input));
  input->stream = stream;
  input->readable = xcheck(event_new(base, STDIN_FILENO, EV_READ, on_readable, input));
  input_continue(input);
  return input;
}

void input_free(struct input *input) {
  if (input != NULL) {
    event_free(input->readable);
    free(input);
  }
}
