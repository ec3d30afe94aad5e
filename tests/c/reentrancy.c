/*
 * Calls every function of the library from inside every callback, through the
 * session argument of the callback and through a pointer kept aside. To be run
 * under a memory checker, which judges what comes of it.
 */
#include "check.h"
#include "endpoint.h"

#include <string.h>

static const char *const headers[] = {":status", "200 OK", "name", "value",
                                      NULL};

/* What an entry point may return inside a callback. */
enum result { SENDS, RECEIVES, SUCCEEDS, DEPENDS, DELETES };

struct entry_point {
  const char *name;
  enum result result;
  int (*call)(spdylay_session *session);
};

/* A RST_STREAM for stream 1, status CANCEL. */
static const uint8_t reset_1[] = {0x80, 3, 0, 3, 0, 0, 0, 8,
                                  0,    0, 0, 1, 0, 0, 0, 5};

/* Header arrays are not written to, but the type of the parameter, as old as
   the library, does not say so. */
static const char **nv(void) { return (const char **)headers; }

static int send_now(spdylay_session *s) { return spdylay_session_send(s); }
static int recv_now(spdylay_session *s) { return spdylay_session_recv(s); }

static int mem_recv_reset(spdylay_session *s) {
  ssize_t n = spdylay_session_mem_recv(s, reset_1, sizeof reset_1);
  return n < 0 ? (int)n : 0;
}

static int request(spdylay_session *s) {
  spdylay_data_provider body = body_of(100);
  return spdylay_submit_request(s, 0, nv(), &body, NULL);
}

static int response(spdylay_session *s) {
  spdylay_data_provider body = body_of(100);
  return spdylay_submit_response(s, 2, nv(), &body);
}

static int syn_stream(spdylay_session *s) {
  return spdylay_submit_syn_stream(s, SPDYLAY_CTRL_FLAG_FIN, 0, 0, nv(), NULL);
}

static int syn_reply(spdylay_session *s) {
  return spdylay_submit_syn_reply(s, SPDYLAY_CTRL_FLAG_NONE, 2, nv());
}

static int more_headers(spdylay_session *s) {
  return spdylay_submit_headers(s, SPDYLAY_CTRL_FLAG_NONE, 1, nv());
}

static int data(spdylay_session *s) {
  spdylay_data_provider body = body_of(5000);
  return spdylay_submit_data(s, 1, SPDYLAY_DATA_FLAG_FIN, &body);
}

static int reset(spdylay_session *s) {
  return spdylay_submit_rst_stream(s, 1, SPDYLAY_CANCEL);
}

/* The stream at hand is gone when the callback returns. */
static int reset_and_send(spdylay_session *s) {
  int rv = spdylay_submit_rst_stream(s, 1, SPDYLAY_CANCEL);
  spdylay_session_send(s);
  return rv;
}

static int ping(spdylay_session *s) { return spdylay_submit_ping(s); }

static int goaway(spdylay_session *s) {
  return spdylay_submit_goaway(s, SPDYLAY_GOAWAY_OK);
}

static int settings(spdylay_session *s) {
  const spdylay_settings_entry entry = {
      SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE, SPDYLAY_ID_FLAG_SETTINGS_NONE, 5};
  return spdylay_submit_settings(s, SPDYLAY_FLAG_SETTINGS_NONE, &entry, 1);
}

static int window_update(spdylay_session *s) {
  return spdylay_submit_window_update(s, 1, 1);
}

static int resume(spdylay_session *s) {
  return spdylay_session_resume_data(s, 1);
}

static int consume(spdylay_session *s) {
  return spdylay_session_consume(s, 1, 1000);
}

static int option(spdylay_session *s) {
  int on = 1;
  return spdylay_session_set_option(s, SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2, &on,
                                    sizeof on);
}

static int set_user_data(spdylay_session *s) {
  return spdylay_session_set_stream_user_data(s, 1, s);
}

static int getters(spdylay_session *s) {
  CHECK_EQ(spdylay_session_get_pri_lowest(s), 7);
  spdylay_session_get_stream_user_data(s, 1);
  spdylay_session_get_outbound_queue_size(s);
  spdylay_session_get_stream_recv_data_length(s, 1);
  spdylay_session_get_recv_data_length(s);
  return spdylay_session_want_read(s) + spdylay_session_want_write(s);
}

static int fail(spdylay_session *s) {
  return spdylay_session_fail_session(s, SPDYLAY_GOAWAY_INTERNAL_ERROR);
}

static int del(spdylay_session *s) {
  spdylay_session_del(s);
  /* Until the callback returns the session can be named, and is dead. */
  CHECK(spdylay_session_send(s) < 0);
  CHECK(spdylay_submit_ping(s) < 0);
  CHECK_EQ(spdylay_session_want_read(s), 0);
  return 0;
}

static const struct entry_point entry_points[] = {
    {"session_send", SENDS, send_now},
    {"session_recv", RECEIVES, recv_now},
    {"session_mem_recv", RECEIVES, mem_recv_reset},
    {"submit_request", SUCCEEDS, request},
    {"submit_response", SUCCEEDS, response},
    {"submit_syn_stream", SUCCEEDS, syn_stream},
    {"submit_syn_reply", SUCCEEDS, syn_reply},
    {"submit_headers", SUCCEEDS, more_headers},
    {"submit_data", SUCCEEDS, data},
    {"submit_rst_stream", SUCCEEDS, reset},
    {"submit_rst_stream and session_send", SUCCEEDS, reset_and_send},
    {"submit_ping", SUCCEEDS, ping},
    {"submit_goaway", SUCCEEDS, goaway},
    {"submit_settings", SUCCEEDS, settings},
    {"submit_window_update", DEPENDS, window_update},
    {"session_resume_data", DEPENDS, resume},
    {"session_consume", DEPENDS, consume},
    {"session_set_option", SUCCEEDS, option},
    {"session_set_stream_user_data", DEPENDS, set_user_data},
    {"the getters", DEPENDS, getters},
    {"session_fail_session", SUCCEEDS, fail},
    {"session_del", DELETES, del}};

/* One combination, as the hook sees it. */
struct trial {
  enum callback from;
  const struct entry_point *entry_point;
  spdylay_session *saved; /* NULL to call through the argument */
  int sending;            /* which way the session is being driven */
  int left;               /* calls to be made */
  int is_inside;
};

static void call_back_in(struct endpoint *endpoint, enum callback which,
                         spdylay_session *argument) {
  struct trial *trial = endpoint->hook_data;
  int rv, nests;
  CHECK(endpoint->session); /* No callback after the deletion. */
  if (which != trial->from || trial->left == 0 || trial->is_inside)
    return;
  --trial->left;
  trial->is_inside = 1;
  if (trial->entry_point->result == DELETES)
    endpoint->session = NULL;
  rv = trial->entry_point->call(trial->saved ? trial->saved : argument);
  trial->is_inside = 0;
  nests = trial->entry_point->result == (trial->sending ? SENDS : RECEIVES);
  if (nests)
    CHECK_EQ(rv, SPDYLAY_ERR_INVALID_STATE);
  else if (trial->entry_point->result != DEPENDS)
    CHECK_EQ(rv, 0);
}

/* What every trial starts with: three requests, and more to be sent later. */
static void start_client(struct endpoint *client) {
  endpoint_init(client, CLIENT, SPDYLAY_PROTO_SPDY3_1);
  for (int i = 0; i < 3; ++i)
    CHECK_EQ(syn_stream(client->session), 0);
  CHECK_EQ(spdylay_submit_syn_stream(client->session, SPDYLAY_CTRL_FLAG_NONE, 0,
                                     0, nv(), NULL),
           0);
}

/* Everything that a client may get from a server, and some that it may not. */
static struct buffer make_input(void) {
  static const uint8_t unknown[] = {0x80, 3, 0, 77, 0, 0, 0, 1, '?'};
  /* Two of them are too much for any window. */
  static const uint8_t window_update_7[] = {0x80, 3, 0, 9, 0,    0,    0,    8,
                                            0,    0, 0, 7, 0x7f, 0xff, 0xff, 0xff};
  static const uint8_t malformed_ping[] = {0x80, 3, 0, 6, 0, 0, 0, 0};
  struct endpoint client, server;
  struct buffer input = {0};
  spdylay_data_provider body = body_of(10000);
  start_client(&client);
  CHECK_EQ(spdylay_session_send(client.session), 0);
  endpoint_init(&server, SERVER, SPDYLAY_PROTO_SPDY3_1);
  CHECK_EQ(spdylay_session_mem_recv(server.session, client.out.data,
                                    client.out.length),
           client.out.length);
  CHECK_EQ(ping(server.session), 0);
  CHECK_EQ(settings(server.session), 0);
  CHECK_EQ(spdylay_submit_response(server.session, 3, nv(), &body), 0);
  CHECK_EQ(syn_reply(server.session), 0);
  CHECK_EQ(spdylay_submit_syn_reply(server.session, SPDYLAY_CTRL_FLAG_NONE, 1,
                                    nv()),
           0);
  CHECK_EQ(more_headers(server.session), 0);
  CHECK_EQ(spdylay_submit_syn_stream(server.session,
                                     SPDYLAY_CTRL_FLAG_UNIDIRECTIONAL, 7, 0,
                                     nv(), NULL),
           0);
  CHECK_EQ(spdylay_session_send(server.session), 0);
  CHECK_EQ(spdylay_submit_data(server.session, 2, SPDYLAY_DATA_FLAG_FIN, &body),
           0);
  CHECK_EQ(spdylay_submit_data(server.session, 1, SPDYLAY_DATA_FLAG_NONE,
                               &body),
           0);
  CHECK_EQ(spdylay_session_send(server.session), 0);
  buffer_append(&input, server.out.data, server.out.length);
  buffer_append(&input, unknown, sizeof unknown);
  buffer_append(&input, window_update_7, sizeof window_update_7);
  buffer_append(&input, window_update_7, sizeof window_update_7);
  buffer_append(&input, reset_1, sizeof reset_1);
  buffer_append(&input, malformed_ping, sizeof malformed_ping);
  endpoint_free(&client);
  endpoint_free(&server);
  return input;
}

/* Drives a session in every way until it is deleted. */
static void drive(struct endpoint *client, struct trial *trial,
                  const struct buffer *input) {
  size_t half = input->length / 2;
  spdylay_session *session = client->session;
  ssize_t rv;
  trial->sending = 1;
  rv = spdylay_session_send(session);
  if (client->session) {
    trial->sending = 0;
    client->in = input->data;
    client->inlen = half;
    rv = spdylay_session_recv(session);
  }
  if (client->session) {
    spdylay_data_provider body = body_of(9000);
    CHECK_EQ(ping(session), 0);
    CHECK_EQ(response(session), 0); /* which is refused */
    CHECK_EQ(spdylay_submit_data(session, 7, SPDYLAY_DATA_FLAG_NONE, &body), 0);
    trial->sending = 1;
    rv = spdylay_session_send(session);
  }
  if (client->session) {
    trial->sending = 0;
    rv = spdylay_session_mem_recv(session, input->data + half,
                                  input->length - half);
    if (client->session)
      CHECK_EQ(rv, input->length - half);
  }
  if (client->session) {
    trial->sending = 1;
    rv = spdylay_session_send(session);
  }
  if (client->session)
    CHECK_EQ(rv, 0);
  else
    CHECK(rv < 0);
}

int main(void) {
  struct buffer input = make_input();
  size_t count = sizeof entry_points / sizeof entry_points[0];
  for (int from = 0; from < CALLBACKS; ++from)
    for (size_t i = 0; i < count; ++i)
      for (int through_saved = 0; through_saved < 2; ++through_saved) {
        struct endpoint client;
        struct trial trial = {.from = (enum callback)from,
                              .entry_point = &entry_points[i],
                              .left = 3};
        start_client(&client);
        client.hook = call_back_in;
        client.hook_data = &trial;
        trial.saved = through_saved ? client.session : NULL;
        drive(&client, &trial, &input);
        if (trial.left == 3) {
          fprintf(stderr, "%s: callback %d never came\n", entry_points[i].name,
                  from);
          return 1;
        }
        endpoint_free(&client);
      }
  buffer_clear(&input);
  return 0;
}
