/*
 * Walks through the whole API as a C program uses it: two sessions of each
 * version talk about everything they can, and the helpers are called once.
 * Nothing may be left allocated at the end.
 */
#include "check.h"
#include "endpoint.h"

#include <string.h>

static const char *request_nv[] = {
    ":method",  "POST",     ":path", "/",    ":host", "example.org", ":scheme",
    "https",    ":version", "HTTP/1.1", "x", "1",     "x",           "2",
    "X-Upper",  "",         NULL};
static const char *response_nv[] = {":status", "200 OK", ":version",
                                    "HTTP/1.1", NULL};
static const char *no_nv[] = {NULL};

static const uint16_t versions[] = {SPDYLAY_PROTO_SPDY2, SPDYLAY_PROTO_SPDY3,
                                    SPDYLAY_PROTO_SPDY3_1};
#define VERSIONS (sizeof versions / sizeof versions[0])

/* Requests with bodies both ways, larger than every window. */
static void exchange_bodies(uint16_t version) {
  enum { REQUESTS = 4, BODY = 100000 };
  struct endpoint client, server;
  spdylay_data_provider body = body_of(BODY);
  int user_data[REQUESTS];
  endpoint_init(&client, CLIENT, version);
  endpoint_init(&server, SERVER, version);
  for (int i = 0; i < REQUESTS; ++i)
    CHECK_EQ(spdylay_submit_request(client.session, (uint8_t)i, request_nv,
                                    &body, &user_data[i]),
             0);
  CHECK_EQ(spdylay_session_get_outbound_queue_size(client.session), REQUESTS);
  endpoints_talk(&client, &server);
  CHECK_EQ(server.data_received, REQUESTS * BODY);
  CHECK_EQ(server.calls[ON_REQUEST_RECV], REQUESTS);
  for (int i = 0; i < REQUESTS; ++i) {
    int32_t stream_id = 2 * i + 1;
    CHECK(spdylay_session_get_stream_user_data(client.session, stream_id) ==
          &user_data[i]);
    CHECK_EQ(spdylay_session_set_stream_user_data(server.session, stream_id,
                                                  &body),
             0);
    CHECK_EQ(spdylay_submit_response(server.session, stream_id, response_nv,
                                     i % 2 ? &body : NULL),
             0);
  }
  endpoints_talk(&client, &server);
  CHECK_EQ(client.data_received, REQUESTS / 2 * BODY);
  CHECK_EQ(client.calls[ON_STREAM_CLOSE], REQUESTS);
  CHECK_EQ(server.calls[ON_STREAM_CLOSE], REQUESTS);
  CHECK_EQ(client.last_status, SPDYLAY_OK);
  endpoint_free(&client);
  endpoint_free(&server);
}

/* Streams in single steps: push, more headers, data in parts, cancellation. */
static void step_by_step(uint16_t version) {
  struct endpoint client, server;
  spdylay_data_provider body = body_of(10000);
  spdylay_session *c, *s;
  endpoint_init(&client, CLIENT, version);
  endpoint_init(&server, SERVER, version);
  c = client.session;
  s = server.session;
  for (int i = 0; i < 2; ++i)
    CHECK_EQ(spdylay_submit_syn_stream(c, SPDYLAY_CTRL_FLAG_NONE, 0, 1,
                                       request_nv, NULL),
             0);
  endpoints_talk(&client, &server);
  CHECK_EQ(spdylay_submit_syn_reply(s, SPDYLAY_CTRL_FLAG_NONE, 1, no_nv), 0);
  endpoints_talk(&client, &server);
  CHECK_EQ(spdylay_submit_headers(s, SPDYLAY_CTRL_FLAG_NONE, 1, response_nv),
           0);
  CHECK_EQ(spdylay_submit_headers(c, SPDYLAY_CTRL_FLAG_FIN, 1, no_nv), 0);
  CHECK_EQ(spdylay_submit_syn_stream(s, SPDYLAY_CTRL_FLAG_UNIDIRECTIONAL, 1, 0,
                                     request_nv, NULL),
           0);
  endpoints_talk(&client, &server);
  CHECK_EQ(spdylay_submit_data(s, 2, SPDYLAY_DATA_FLAG_FIN, &body), 0);
  CHECK_EQ(spdylay_submit_data(s, 1, SPDYLAY_DATA_FLAG_NONE, &body), 0);
  CHECK_EQ(spdylay_submit_data(c, 3, SPDYLAY_DATA_FLAG_NONE, &body), 0);
  endpoints_talk(&client, &server);
  CHECK_EQ(client.data_received, 20000);
  CHECK_EQ(server.data_received, 10000);
  CHECK_EQ(client.calls[ON_STREAM_CLOSE], 1);
  CHECK_EQ(spdylay_session_get_stream_recv_data_length(s, 3),
           version == SPDYLAY_PROTO_SPDY2 ? 0 : 10000);
  CHECK_EQ(spdylay_session_get_recv_data_length(s),
           version == SPDYLAY_PROTO_SPDY3_1 ? 10000 : 0);
  CHECK_EQ(spdylay_submit_rst_stream(c, 3, SPDYLAY_CANCEL), 0);
  CHECK_EQ(spdylay_submit_syn_reply(s, SPDYLAY_CTRL_FLAG_FIN, 3, no_nv), 0);
  endpoints_talk(&client, &server);
  CHECK_EQ(server.calls[ON_STREAM_CLOSE], 2);
  CHECK_EQ(server.last_status, SPDYLAY_CANCEL);
  CHECK_EQ(spdylay_session_resume_data(s, 1), SPDYLAY_ERR_INVALID_ARGUMENT);
  endpoint_free(&client);
  endpoint_free(&server);
}

static void talk_about_the_session(uint16_t version) {
  const spdylay_settings_entry entries[] = {
      {SPDYLAY_SETTINGS_MAX_CONCURRENT_STREAMS,
       SPDYLAY_ID_FLAG_SETTINGS_PERSIST_VALUE, 1},
      {SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE, SPDYLAY_ID_FLAG_SETTINGS_NONE,
       1000}};
  struct endpoint client, server;
  spdylay_data_provider body = body_of(100000);
  int on = 1;
  uint32_t limit = 8192;
  endpoint_init(&client, CLIENT, version);
  endpoint_init(&server, SERVER, version);
  CHECK_EQ(spdylay_session_get_pri_lowest(client.session),
           version == SPDYLAY_PROTO_SPDY2 ? 3 : 7);
  CHECK_EQ(spdylay_session_set_option(server.session,
                                      SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE, &on,
                                      sizeof on),
           0);
  CHECK_EQ(spdylay_session_set_option(server.session,
                                      SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2, &on,
                                      sizeof on),
           0);
  CHECK_EQ(spdylay_session_set_option(server.session,
                                      SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER,
                                      &limit, sizeof limit),
           0);
  CHECK_EQ(spdylay_submit_settings(server.session,
                                   SPDYLAY_FLAG_SETTINGS_CLEAR_SETTINGS,
                                   entries, 2),
           0);
  CHECK_EQ(spdylay_submit_ping(server.session), 0);
  endpoints_talk(&client, &server);
  CHECK_EQ(spdylay_submit_ping(client.session), 0);
  endpoints_talk(&client, &server);
  /* The PING of the other, the reply to the own one, and SETTINGS. */
  CHECK_EQ(server.calls[ON_CTRL_RECV], 2);
  CHECK_EQ(client.calls[ON_CTRL_RECV], 3);
  for (int i = 0; i < 2; ++i)
    CHECK_EQ(spdylay_submit_request(client.session, 0, no_nv, &body, NULL), 0);
  endpoints_talk(&client, &server);
  CHECK_EQ(spdylay_session_get_outbound_queue_size(client.session), 1);
  CHECK_EQ(spdylay_session_want_write(client.session), 0);
  if (version == SPDYLAY_PROTO_SPDY2) {
    CHECK_EQ(server.data_received, 100000);
  } else {
    CHECK_EQ(server.data_received, 1000);
    CHECK_EQ(spdylay_session_consume(server.session, 1, 1000), 0);
    CHECK_EQ(spdylay_submit_window_update(server.session, 1, 50000), 0);
    endpoints_talk(&client, &server);
    CHECK_EQ(server.data_received, 52000);
  }
  CHECK_EQ(spdylay_submit_goaway(server.session, SPDYLAY_GOAWAY_OK), 0);
  endpoints_talk(&client, &server);
  CHECK_EQ(spdylay_session_want_read(client.session), 1);
  CHECK_EQ(spdylay_submit_rst_stream(client.session, 1, SPDYLAY_CANCEL), 0);
  endpoints_talk(&client, &server);
  /* The request that was held back may not be sent any more. */
  CHECK_EQ(client.calls[ON_CTRL_NOT_SEND], 1);
  CHECK_EQ(spdylay_session_want_read(client.session), 0);
  CHECK_EQ(spdylay_session_want_write(client.session), 0);
  endpoint_free(&client);
  endpoint_free(&server);
}

/* Sessions that end with an error, and sessions deleted in the middle. */
static void end_badly(uint16_t version) {
  const uint8_t malformed_ping[] = {0x80, version == 2 ? 2 : 3, 0, 6, 0, 0, 0,
                                    0};
  struct endpoint client, server;
  spdylay_data_provider body = body_of(1000000);
  endpoint_init(&client, CLIENT, version);
  endpoint_init(&server, SERVER, version);
  CHECK_EQ(spdylay_submit_request(client.session, 0, request_nv, &body, NULL),
           0);
  CHECK_EQ(spdylay_session_send(client.session), 0);
  /* Half a frame stays in the server when it is deleted. */
  CHECK_EQ(spdylay_session_mem_recv(server.session, client.out.data, 20), 20);
  endpoint_free(&server);
  CHECK_EQ(spdylay_session_mem_recv(client.session, malformed_ping,
                                    sizeof malformed_ping),
           sizeof malformed_ping);
  CHECK_EQ(client.calls[ON_CTRL_RECV_PARSE_ERROR], 1);
  CHECK_EQ(spdylay_session_fail_session(client.session,
                                        SPDYLAY_GOAWAY_PROTOCOL_ERROR),
           0);
  CHECK_EQ(spdylay_submit_request(client.session, 0, request_nv, &body, NULL),
           0);
  CHECK_EQ(spdylay_submit_headers(client.session, SPDYLAY_CTRL_FLAG_NONE, 1,
                                  request_nv),
           0);
  endpoint_free(&client);
}

static void create_and_delete(void) {
  static const spdylay_session_callbacks no_callbacks;
  spdylay_session *session = NULL;
  spdylay_session_del(NULL);
  for (size_t i = 0; i < VERSIONS; ++i) {
    CHECK_EQ(spdylay_session_client_new(&session, versions[i], &no_callbacks,
                                        NULL),
             0);
    CHECK_EQ(spdylay_session_set_initial_client_cert_origin(
                 session, "https", "example.org", 443),
             0);
    CHECK(!spdylay_session_get_client_cert_origin(session, 0));
    spdylay_session_del(session);
    CHECK_EQ(spdylay_session_server_new(&session, versions[i], &no_callbacks,
                                        NULL),
             0);
    CHECK_EQ(spdylay_session_send(session), 0);
    spdylay_session_del(session);
  }
  session = NULL;
  CHECK_EQ(spdylay_session_client_new(&session, 5, &no_callbacks, NULL),
           SPDYLAY_ERR_UNSUPPORTED_VERSION);
  CHECK(!session);
}

static void negotiate(void) {
  static const unsigned char offer[] = "\x08http/1.1\x06spdy/2\x08spdy/3.1";
  unsigned char *chosen = NULL;
  unsigned char length = 0;
  size_t count = 0;
  const spdylay_npn_proto *protos = spdylay_npn_get_proto_list(&count);
  CHECK_EQ(count, 3);
  for (size_t i = 0; i < count; ++i)
    CHECK_EQ(spdylay_npn_get_version(protos[i].proto, protos[i].len),
             protos[i].version);
  CHECK_EQ(spdylay_select_next_protocol(&chosen, &length, offer,
                                        sizeof offer - 1),
           SPDYLAY_PROTO_SPDY3_1);
  CHECK_EQ(length, 8);
  CHECK(memcmp(chosen, "spdy/3.1", length) == 0);
}

static void gunzip(void) {
  /* "hello\n" */
  static const uint8_t compressed[] = {
      0x1f, 0x8b, 0x08, 0,    0,    0,    0,    0,    0x02, 0x03, 0xcb, 0x48, 0xcd,
      0xc9, 0xc9, 0xe7, 0x02, 0,    0x20, 0x30, 0x3a, 0x36, 0x06, 0,    0,    0};
  spdylay_gzip *inflater;
  uint8_t text[16];
  size_t produced = 0;
  CHECK_EQ(spdylay_gzip_inflate_new(&inflater), 0);
  for (size_t i = 0; i < sizeof compressed; ++i) {
    size_t room = sizeof text - produced, length = 1;
    CHECK_EQ(spdylay_gzip_inflate(inflater, text + produced, &room,
                                  &compressed[i], &length),
             0);
    CHECK_EQ(length, 1);
    produced += room;
  }
  CHECK_EQ(produced, 6);
  CHECK(memcmp(text, "hello\n", 6) == 0);
  spdylay_gzip_inflate_del(inflater);
  CHECK_EQ(spdylay_gzip_inflate_new(&inflater), 0);
  spdylay_gzip_inflate_del(inflater);
  spdylay_gzip_inflate_del(NULL);
}

int main(void) {
  create_and_delete();
  for (size_t i = 0; i < VERSIONS; ++i) {
    exchange_bodies(versions[i]);
    step_by_step(versions[i]);
    talk_about_the_session(versions[i]);
    end_badly(versions[i]);
  }
  negotiate();
  gunzip();
  CHECK(strlen(spdylay_strerror(SPDYLAY_ERR_INVALID_ARGUMENT)) > 0);
  return 0;
}
