#define _POSIX_C_SOURCE 200809L

#include "remote.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../client/xalloc.h"
#include "client.h"
#include "exit_code.h"
#include "input.h"
#include "report.h"
#include "result.h"
#include "sink.h"
#include "terminal.h"
#include "window.h"

/* When the command's end is known, its output is complete or nearly so. */
#define REST_SECONDS 10

/* In the order in which the streams are opened. */
enum kind {
  KIND_ERROR,
  KIND_STDIN,
  KIND_STDOUT,
  KIND_STDERR,
  KIND_RESIZE,
  KIND_COUNT,
};

static const char *const STREAM_TYPES[KIND_COUNT] = {
    [KIND_ERROR] = "error",   [KIND_STDIN] = "stdin",   [KIND_STDOUT] = "stdout",
    [KIND_STDERR] = "stderr", [KIND_RESIZE] = "resize",
};

struct channel {
  struct remote *remote;
  enum kind kind;
  bool wanted;
  bool finished; /* nothing more will come from the server */
  struct stream *stream;
  struct sink *sink; /* stdout and stderr */
};

struct remote {
  struct client *client;
  struct channel channels[KIND_COUNT];
  struct result result;
  struct input *input;
  struct window *window;
  struct event *rest_timer;
  bool connection_ended;
  int failure; /* the exit code, if the connection ended before its time */
};

static void fail(struct remote *remote, int exit_code, const char *reason) {
  report("%s", reason);
  client_end(remote->client, exit_code);
}

static void stop_input(struct remote *remote) {
  input_free(remote->input);
  remote->input = NULL;
}

static bool is_output_written(const struct remote *remote) {
  const struct sink *out = remote->channels[KIND_STDOUT].sink;
  const struct sink *err = remote->channels[KIND_STDERR].sink;
  return sink_is_empty(out) && (err == NULL || sink_is_empty(err));
}

static bool is_output_complete(const struct remote *remote) {
  return remote->connection_ended || (remote->channels[KIND_STDOUT].finished &&
                                      (!remote->channels[KIND_STDERR].wanted ||
                                       remote->channels[KIND_STDERR].finished));
}

/* Ends the run if it is known how the command has ended, or that this will never be known, and
 * everything it said is out. */
static void check(struct remote *remote) {
  bool has_failed = remote->failure != 0;
  if (remote->client->ended || !is_output_complete(remote) ||
      (!has_failed && !result_is_known(&remote->result))) {
    return;
  }
  evtimer_del(remote->rest_timer);
  if (is_output_written(remote)) {
    terminal_restore();
    client_end(remote->client, has_failed ? remote->failure : result_exit_code(&remote->result));
  }
}

static void on_rest_timer(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  fail(arg, EXIT_LOST, "the command has ended, but the server does not end its output");
}

static void on_sink_changed(void *arg) {
  struct channel *channel = arg;
  int error = sink_error(channel->sink);
  if (error != 0) {
    report("%s: %s", STREAM_TYPES[channel->kind], strerror(error));
    client_end(channel->remote->client, EXIT_LOST);
    return;
  }
  check(channel->remote);
}

static void start_rest_timer(struct remote *remote) {
  const struct timeval rest = {.tv_sec = REST_SECONDS};
  if (result_is_known(&remote->result) && !is_output_complete(remote)) {
    evtimer_add(remote->rest_timer, &rest);
  }
}

/* All streams are open. */
static void start_talking(struct remote *remote) {
  struct client *client = remote->client;
  struct stream *input = remote->channels[KIND_STDIN].stream;
  if (client->options->tty && client->options->use_stdin && !terminal_make_raw()) {
    report("standard input is no terminal");
  }
  if (remote->channels[KIND_RESIZE].stream != NULL) {
    remote->window = window_watch(client->base, remote->channels[KIND_RESIZE].stream);
  }
  if (input != NULL) {
    remote->input = input_start(client->base, input);
  }
}

static const struct stream_events CHANNEL_EVENTS;

/* Each stream is opened only when the one before it is answered. */
static void open_next(struct remote *remote, enum kind kind) {
  while (kind < KIND_COUNT && !remote->channels[kind].wanted) {
    kind++;
  }
  if (kind == KIND_COUNT) {
    start_talking(remote);
    return;
  }
  struct channel *channel = &remote->channels[kind];
  const char *headers[] = {"streamtype", STREAM_TYPES[kind], NULL};
  channel->stream =
      stream_open(remote->client->connection, headers, &CHANNEL_EVENTS, channel);
  if (channel->stream == NULL) {
    fail(remote, EXIT_LOST, "the connection takes no new streams");
  }
}

static void on_opened(void *arg) {
  struct channel *channel = arg;
  open_next(channel->remote, channel->kind + 1);
}

static void on_data(void *arg, const uint8_t *data, size_t len) {
  struct channel *channel = arg;
  struct remote *remote = channel->remote;
  if (channel->sink != NULL) {
    sink_write(channel->sink, data, len);
  } else if (channel->kind == KIND_ERROR) {
    result_add(&remote->result, data, len);
    check(remote);
  }
  start_rest_timer(remote);
}

static void finish(struct channel *channel, bool in_order) {
  struct remote *remote = channel->remote;
  channel->finished = true;
  if (channel->kind == KIND_ERROR) {
    result_end(&remote->result, in_order ? RESULT_FINISHED : RESULT_RESET);
    start_rest_timer(remote);
  } else if (channel->kind == KIND_STDIN) {
    stop_input(remote); /* the command reads no more */
  }
  check(remote);
}

static void on_finished(void *arg) {
  finish(arg, true);
}

static void on_drained(void *arg) {
  struct channel *channel = arg;
  if (channel->kind == KIND_STDIN && channel->remote->input != NULL) {
    input_continue(channel->remote->input);
  }
}

static void on_closed(void *arg, enum stream_end how) {
  struct channel *channel = arg;
  struct remote *remote = channel->remote;
  bool was_answered = channel->stream->answered;
  channel->stream = NULL;
  if (channel->kind == KIND_RESIZE) {
    window_free(remote->window);
    remote->window = NULL;
  }
  if (how == STREAM_NOT_OPENED) {
    /* The session is about to end, and that will be the reason. */
  } else if (how == STREAM_UNANSWERED) {
    fail(remote, EXIT_TIMEOUT, "the server does not answer a stream");
  } else if (!was_answered) {
    fail(remote, EXIT_REFUSED, "the server refused a stream");
  } else if (!channel->finished) {
    finish(channel, how == STREAM_COMPLETE);
  }
  if (channel->kind == KIND_STDIN) {
    stop_input(remote);
  }
}

static const struct stream_events CHANNEL_EVENTS = {
    .opened = on_opened,
    .data = on_data,
    .finished = on_finished,
    .drained = on_drained,
    .closed = on_closed,
};

void remote_connection_ended(struct remote *remote, enum connection_end how, const char *reason) {
  remote->connection_ended = true;
  stop_input(remote);
  bool all_open = remote->channels[KIND_STDOUT].stream != NULL ||
                  remote->channels[KIND_STDOUT].finished;
  result_end(&remote->result,
             how == CONNECTION_GOAWAY && all_open ? RESULT_RESET : RESULT_CUT);
  if (how == CONNECTION_BROKEN) {
    report("the server broke the protocol: %s", reason);
    remote->failure = EXIT_PROTOCOL;
  } else if (!result_is_known(&remote->result)) {
    report("lost the connection, and with it how the command ends: %s", reason);
    remote->failure = EXIT_LOST;
  }
  check(remote);
}

static struct sink *sink_for(struct channel *channel, int fd) {
  return sink_new(channel->remote->client->connection, fd, on_sink_changed, channel);
}

struct remote *remote_start(struct client *client, const char *protocol) {
  const struct options *options = client->options;
  struct remote *remote = xcalloc(1, sizeof(*remote));
  bool is_v2 = strcmp(protocol, "v2.channel.k8s.io") == 0;
  bool is_v3 = strcmp(protocol, "v3.channel.k8s.io") == 0;
  remote->client = client;
  remote->result.is_plain = is_v2 || is_v3;
  remote->rest_timer = xcheck(evtimer_new(client->base, on_rest_timer, remote));
  for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
    remote->channels[kind].remote = remote;
    remote->channels[kind].kind = kind;
  }
  remote->channels[KIND_ERROR].wanted = true;
  remote->channels[KIND_STDIN].wanted = options->use_stdin;
  remote->channels[KIND_STDOUT].wanted = true;
  remote->channels[KIND_STDERR].wanted = !options->tty;
  remote->channels[KIND_RESIZE].wanted = options->tty && !is_v2;
  remote->channels[KIND_STDOUT].sink = sink_for(&remote->channels[KIND_STDOUT], STDOUT_FILENO);
  if (!options->tty) {
    remote->channels[KIND_STDERR].sink = sink_for(&remote->channels[KIND_STDERR], STDERR_FILENO);
  }
  open_next(remote, KIND_ERROR);
  return remote;
}

void remote_free(struct remote *remote) {
  if (remote == NULL) {
    return;
  }
  for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
    struct channel *channel = &remote->channels[kind];
    if (channel->stream != NULL) {
      stream_abandon(channel->stream);
    }
    sink_free(channel->sink);
  }
  stop_input(remote);
  window_free(remote->window);
  event_free(remote->rest_timer);
  result_clear(&remote->result);
  free(remote);
}
