/*
 * hello-client: fetches one path over SPDY/3.1 on plain TCP and prints it.
 *
 * Usage: hello-client PORT [PATH]   (the server is on this machine)
 *
 * Exits with 0 if the server answered 200 and the whole body arrived,
 * 1 otherwise. See hello-server.c for how a session and a socket meet.
 */
#include <spdylay/spdylay.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct client {
  int fd;
  int status;   /* the HTTP status, 0 until the response headers are here */
  int closed;   /* the stream is over ... */
  int complete; /* ... and ended as it should */
};

static ssize_t send_callback(spdylay_session *session, const uint8_t *data,
                             size_t length, int flags, void *user_data) {
  struct client *client = user_data;
  ssize_t sent = send(client->fd, data, length, MSG_NOSIGNAL);
  (void)session, (void)flags;
  return sent < 0 ? SPDYLAY_ERR_CALLBACK_FAILURE : sent;
}

/* A control frame came in. The response headers are those of SYN_REPLY. */
static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type,
                         spdylay_frame *frame, void *user_data) {
  struct client *client = user_data;
  char **nv = frame->syn_reply.nv;
  (void)session;
  if (type != SPDYLAY_SYN_REPLY)
    return;
  for (; *nv; nv += 2)
    if (strcmp(nv[0], ":status") == 0 &&
        sscanf(nv[1], "%3d", &client->status) == 1 && client->status != 200)
      fprintf(stderr, "hello-client: the server answered %s\n", nv[1]);
}

/* A piece of the body. The memory is the library's: use it or copy it now. */
static void on_data_chunk_recv(spdylay_session *session, uint8_t flags,
                               int32_t stream_id, const uint8_t *data,
                               size_t len, void *user_data) {
  (void)session, (void)flags, (void)stream_id, (void)user_data;
  fwrite(data, 1, len, stdout);
}

static void on_stream_close(spdylay_session *session, int32_t stream_id,
                            spdylay_status_code status, void *user_data) {
  struct client *client = user_data;
  (void)session, (void)stream_id;
  client->closed = 1;
  client->complete = status == SPDYLAY_OK;
}

/* Returns 0 when the stream is over, an error code when it cannot end. */
static int run(spdylay_session *session, struct client *client) {
  uint8_t buf[16384];
  int rv;
  while (!client->closed) {
    ssize_t n;
    if ((rv = spdylay_session_send(session)) != 0)
      return rv;
    n = read(client->fd, buf, sizeof buf);
    if (n <= 0)
      return SPDYLAY_ERR_EOF;
    if ((n = spdylay_session_mem_recv(session, buf, (size_t)n)) < 0)
      return (int)n;
  }
  /* Say good-bye, so that the server need not wonder where we went. */
  spdylay_submit_goaway(session, SPDYLAY_GOAWAY_OK);
  return spdylay_session_send(session);
}

int main(int argc, char **argv) {
  struct client client = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
  struct sockaddr_in addr = {.sin_family = AF_INET};
  struct timeval patience = {.tv_sec = 10};
  spdylay_session_callbacks callbacks = {
      .send_callback = send_callback,
      .on_ctrl_recv_callback = on_ctrl_recv,
      .on_data_chunk_recv_callback = on_data_chunk_recv,
      .on_stream_close_callback = on_stream_close};
  spdylay_session *session;
  char host[32];
  int rv, port = argc > 1 ? atoi(argv[1]) : 0;
  if (port < 1 || port > 65535) {
    fprintf(stderr, "usage: hello-client PORT [PATH]\n");
    return 1;
  }
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  addr.sin_port = htons((uint16_t)port);
  setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(client.fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
    fprintf(stderr, "hello-client: port %d: %s\n", port, strerror(errno));
    return 1;
  }
  snprintf(host, sizeof host, "127.0.0.1:%d", port);
  const char *request[] = {":method",  "GET",
                           ":scheme",  "http",
                           ":host",    host,
                           ":path",    argc > 2 ? argv[2] : "/",
                           ":version", "HTTP/1.1",
                           NULL};
  rv = spdylay_session_client_new(&session, SPDYLAY_PROTO_SPDY3_1, &callbacks,
                                  &client);
  if (rv == 0) {
    /* Priority 0 (highest), no request body, nothing kept with the stream. */
    rv = spdylay_submit_request(session, 0, request, NULL, NULL);
    if (rv == 0)
      rv = run(session, &client);
    spdylay_session_del(session);
  }
  close(client.fd);
  if (rv != 0)
    fprintf(stderr, "hello-client: %s\n", spdylay_strerror(rv));
  else if (!client.complete)
    fprintf(stderr, "hello-client: the server gave the stream up\n");
  return rv == 0 && client.complete && client.status == 200 ? 0 : 1;
}
