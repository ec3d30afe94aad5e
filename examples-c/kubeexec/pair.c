/* The life of a forwarded connection.
 *
 * The error stream is opened first; our half of it ends at once, the server's when all is over, with
 * a message if something went wrong. The data stream carries the bytes, and each half of it ends as
 * the socket's does. The server has the last word: when its half of both streams has ended, so has
 * the connection. */
#define _POSIX_C_SOURCE 200809L

#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "../client/xalloc.h"
#include "connection.h"
#include "report.h"

/* What may wait for the local program. Beyond it the whole connection is held up: SPDY without flow
 * control has no way to hold up a single stream. */
#define LOCAL_BACKLOG_MAX (1024 * 1024)
#define LOCAL_BACKLOG_LOW (256 * 1024)

#define MESSAGE_MAX 1024

/* For the server to end the error stream, when both sides of the socket are closed. */
#define LAST_WORD_SECONDS 5

struct pair {
  TAILQ_ENTRY(pair) link;
  struct pair_list *pairs;
  struct client *client;
  char port[8];
  char request[16];
  struct bufferevent *local;
  struct stream *error;
  struct stream *data;
  struct event *timer;  /* for the last word */
  bool local_ended;     /* the local program sends no more */
  bool server_finished; /* the server sends no more */
  bool broken;          /* the server has reset the data stream */
  bool error_ended;
  bool pausing;
  char message[MESSAGE_MAX + 1];
  size_t message_len;
};

static size_t local_backlog(const struct pair *pair) {
  return evbuffer_get_length(bufferevent_get_output(pair->local));
}

static void set_pausing(struct pair *pair, bool pausing) {
  if (pair->pausing != pausing) {
    pair->pausing = pausing;
    (pausing ? connection_pause : connection_resume)(pair->client->connection);
  }
}

void pair_free(struct pair *pair) {
  set_pausing(pair, false);
  if (pair->error != NULL) {
    stream_abandon(pair->error);
  }
  if (pair->data != NULL) {
    stream_abandon(pair->data);
  }
  bufferevent_free(pair->local);
  event_free(pair->timer);
  TAILQ_REMOVE(pair->pairs, pair, link);
  free(pair);
}

/* Ends the local connection with a reset, so that its program does not take what it has got for
 * everything. */
static void fail(struct pair *pair) {
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(bufferevent_getfd(pair->local), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  pair_free(pair);
}

static void wait_for_last_word(struct pair *pair) {
  const struct timeval last_word = {.tv_sec = LAST_WORD_SECONDS};
  evtimer_add(pair->timer, &last_word);
}

/* The server has given the connection up, perhaps with a message. */
static void fail_with_message(struct pair *pair) {
  if (pair->message_len > 0) {
    report("port %s: %s", pair->port, pair->message);
  }
  fail(pair);
}

/* Looks whether it is over. The pair may be gone afterwards. */
static void check(struct pair *pair) {
  if (pair->error_ended && (pair->message_len > 0 || pair->broken)) {
    fail_with_message(pair);
  } else if (pair->broken || (pair->message_len > 0 && pair->server_finished)) {
    wait_for_last_word(pair);
  } else if (pair->server_finished && local_backlog(pair) == 0) {
    shutdown(bufferevent_getfd(pair->local), SHUT_WR);
    if (pair->error_ended) {
      pair_free(pair);
    } else if (pair->local_ended) {
      wait_for_last_word(pair);
    }
  }
}

static void on_last_word_missing(evutil_socket_t fd, short what, void *arg) {
  (void)fd;
  (void)what;
  struct pair *pair = arg;
  if (pair->broken || pair->message_len > 0) {
    fail_with_message(pair);
  } else {
    pair_free(pair);
  }
}

static void on_local_read(struct bufferevent *bev, void *arg) {
  struct pair *pair = arg;
  if (pair->data == NULL) {
    return;
  }
  stream_write_buffer(pair->data, bufferevent_get_input(bev));
  if (stream_backlog(pair->data) >= STREAM_BACKLOG_MAX) {
    bufferevent_disable(bev, EV_READ);
  }
}

static void on_local_written(struct bufferevent *bev, void *arg) {
  (void)bev;
  struct pair *pair = arg;
  set_pausing(pair, false);
  check(pair);
}

static void on_local_event(struct bufferevent *bev, short what, void *arg) {
  struct pair *pair = arg;
  if (!(what & BEV_EVENT_EOF)) {
    pair_free(pair); /* the local program is gone, and does not want the rest */
    return;
  }
  bufferevent_disable(bev, EV_READ);
  pair->local_ended = true;
  if (pair->data != NULL) {
    stream_finish(pair->data);
  }
  check(pair);
}

static void on_data(void *arg, const uint8_t *data, size_t len) {
  struct pair *pair = arg;
  xcheck(bufferevent_write(pair->local, data, len) == 0 ? pair : NULL);
  if (local_backlog(pair) > LOCAL_BACKLOG_MAX) {
    set_pausing(pair, true);
  }
}

static void on_data_opened(void *arg) {
  struct pair *pair = arg;
  bufferevent_enable(pair->local, EV_READ);
}

static void on_data_finished(void *arg) {
  struct pair *pair = arg;
  pair->server_finished = true;
  bufferevent_setwatermark(pair->local, EV_WRITE, 0, 0); /* from now on the end is of interest */
  check(pair);
}

static void on_data_drained(void *arg) {
  struct pair *pair = arg;
  if (!pair->local_ended) {
    bufferevent_enable(pair->local, EV_READ);
  }
}

static void on_data_closed(void *arg, enum stream_end how) {
  struct pair *pair = arg;
  pair->data = NULL;
  if (how == STREAM_UNANSWERED) {
    report("port %s: the server does not answer", pair->port);
  }
  if (!pair->server_finished) {
    pair->broken = true;
    bufferevent_disable(pair->local, EV_READ);
    check(pair);
  }
}

static const struct stream_events DATA_EVENTS = {
    .opened = on_data_opened,
    .data = on_data,
    .finished = on_data_finished,
    .drained = on_data_drained,
    .closed = on_data_closed,
};

static struct stream *open_stream(struct pair *pair, const char *type,
                                  const struct stream_events *events) {
  const char *headers[] = {"streamtype", type,          "port", pair->port,
                           "requestid",  pair->request, NULL};
  return stream_open(pair->client->connection, headers, events, pair);
}

static void on_error_opened(void *arg) {
  struct pair *pair = arg;
  stream_finish(pair->error);
  pair->data = open_stream(pair, "data", &DATA_EVENTS);
  if (pair->data == NULL) {
    fail(pair);
  }
}

static void on_error_data(void *arg, const uint8_t *data, size_t len) {
  struct pair *pair = arg;
  size_t room = MESSAGE_MAX - pair->message_len;
  if (len > room) {
    len = room;
  }
  for (size_t i = 0; i < len; i++) {
    pair->message[pair->message_len++] = (char)data[i];
  }
}

static void on_error_finished(void *arg) {
  struct pair *pair = arg;
  pair->error_ended = true;
  check(pair);
}

static void on_error_closed(void *arg, enum stream_end how) {
  struct pair *pair = arg;
  bool was_answered = pair->error->answered;
  pair->error = NULL;
  if (!was_answered) {
    report("port %s: the server %s", pair->port,
           how == STREAM_UNANSWERED ? "does not answer" : "takes no more connections");
    fail(pair);
  } else if (!pair->error_ended) {
    on_error_finished(pair);
  }
}

static const struct stream_events ERROR_EVENTS = {
    .opened = on_error_opened,
    .data = on_error_data,
    .finished = on_error_finished,
    .closed = on_error_closed,
};

void pair_start(struct pair_list *pairs, struct client *client, int fd, uint16_t port,
                unsigned request) {
  struct pair *pair = xcalloc(1, sizeof(*pair));
  pair->pairs = pairs;
  pair->client = client;
  snprintf(pair->port, sizeof(pair->port), "%u", (unsigned)port);
  snprintf(pair->request, sizeof(pair->request), "%u", request);
  pair->timer = xcheck(evtimer_new(client->base, on_last_word_missing, pair));
  pair->local = xcheck(bufferevent_socket_new(client->base, fd, BEV_OPT_CLOSE_ON_FREE));
  bufferevent_setcb(pair->local, on_local_read, on_local_written, on_local_event, pair);
  bufferevent_setwatermark(pair->local, EV_READ, 0, STREAM_BACKLOG_MAX);
  bufferevent_setwatermark(pair->local, EV_WRITE, LOCAL_BACKLOG_LOW, 0);
  bufferevent_enable(pair->local, EV_WRITE);
  TAILQ_INSERT_TAIL(pairs, pair, link);
  pair->error = open_stream(pair, "error", &ERROR_EVENTS);
  if (pair->error == NULL) {
    fail(pair);
  }
}
