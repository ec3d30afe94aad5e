/*
 * hello-server: answers every GET with "hello" over SPDY/3.1 on plain TCP.
 *
 * Usage: hello-server [PORT]        (default 0: the system picks a free port)
 *
 * The library does no I/O of its own. A session is fed with the bytes that
 * arrive (spdylay_session_mem_recv), hands out the bytes to be sent (through
 * send_callback, when spdylay_session_send is called), and tells what happened
 * through the other callbacks. This program serves one connection after
 * another with blocking calls; spdyd shows how to serve thousands at once.
 */
#define _GNU_SOURCE
#include <spdylay/spdylay.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char hello[] = "hello\n";
static int listener;

/* Linux wakes accept() when its socket is shut down: see main(). */
static void on_signal(int signum) {
  (void)signum;
  shutdown(listener, SHUT_RDWR);
}

static ssize_t send_callback(spdylay_session *session, const uint8_t *data,
                             size_t length, int flags, void *user_data) {
  ssize_t sent = send(*(int *)user_data, data, length, MSG_NOSIGNAL);
  (void)session, (void)flags;
  return sent < 0 ? SPDYLAY_ERR_CALLBACK_FAILURE : sent;
}

/* Called whenever there is room for more of a body. The source belongs to this
   stream alone, so it can remember how far the body has been read. */
static ssize_t read_body(spdylay_session *session, int32_t stream_id,
                         uint8_t *buf, size_t length, int *eof,
                         spdylay_data_source *source, void *user_data) {
  size_t n = strnlen(source->ptr, length);
  (void)session, (void)stream_id, (void)user_data;
  memcpy(buf, source->ptr, n);
  source->ptr = (char *)source->ptr + n;
  *eof = *(char *)source->ptr == '\0';
  return (ssize_t)n;
}

/* A control frame came in. A SYN_STREAM is a request; its headers come as name,
   value, name, value, ..., NULL. */
static void on_ctrl_recv(spdylay_session *session, spdylay_frame_type type,
                         spdylay_frame *frame, void *user_data) {
  const char *ok[] = {":status",      "200 OK",     ":version", "HTTP/1.1",
                      "content-type", "text/plain", NULL};
  const char *refused[] = {":status", "405 Method Not Allowed",
                           ":version", "HTTP/1.1", NULL};
  spdylay_data_provider body = {.source.ptr = hello,
                                .read_callback = read_body};
  int is_get = 0;
  (void)user_data;
  if (type != SPDYLAY_SYN_STREAM)
    return;
  for (char **nv = frame->syn_stream.nv; *nv; nv += 2)
    if (strcmp(nv[0], ":method") == 0)
      is_get = strcmp(nv[1], "GET") == 0;
  /* The strings are copied, so these arrays need not outlive the call. */
  spdylay_submit_response(session, frame->syn_stream.stream_id,
                          is_get ? ok : refused, is_get ? &body : NULL);
}

/* Runs one session, from its first byte to its last. */
static void serve(int fd) {
  spdylay_session_callbacks callbacks = {.send_callback = send_callback,
                                         .on_ctrl_recv_callback = on_ctrl_recv};
  /* The next client is waiting: one that is silent for so long is let go. */
  struct timeval patience = {.tv_sec = 5};
  spdylay_session *session;
  uint8_t buf[16384];
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (spdylay_session_server_new(&session, SPDYLAY_PROTO_SPDY3_1, &callbacks,
                                 &fd) != 0)
    return;
  while (spdylay_session_want_read(session) ||
         spdylay_session_want_write(session)) {
    ssize_t n;
    if (spdylay_session_send(session) != 0)
      break;
    n = read(fd, buf, sizeof buf);
    if (n <= 0 || spdylay_session_mem_recv(session, buf, (size_t)n) < 0)
      break;
  }
  spdylay_session_del(session);
}

int main(int argc, char **argv) {
  struct sockaddr_in addr = {.sin_family = AF_INET};
  socklen_t addrlen = sizeof addr;
  int fd, on = 1, port = argc > 1 ? atoi(argv[1]) : 0;
  if (port < 0 || port > 65535) {
    fprintf(stderr, "usage: hello-server [PORT]\n");
    return 1;
  }
  listener = socket(AF_INET, SOCK_STREAM, 0);
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  addr.sin_port = htons((uint16_t)port);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&addr, sizeof addr) != 0 ||
      listen(listener, 16) != 0 ||
      getsockname(listener, (struct sockaddr *)&addr, &addrlen) != 0) {
    fprintf(stderr, "hello-server: port %d: %s\n", port, strerror(errno));
    return 1;
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
  fflush(stdout);
  while ((fd = accept(listener, NULL, NULL)) >= 0) {
    serve(fd);
    close(fd);
  }
  close(listener);
  return 0;
}
