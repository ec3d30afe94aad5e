#define _POSIX_C_SOURCE 200809L

#include "proxy.h"

#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../client/xalloc.h"

/* A proxy that says more than this before it opens the tunnel is not one. */
#define ANSWER_MAX 16384

struct proxy_handshake {
  struct bufferevent *bev;
  int fd;
  proxy_done done;
  void *arg;
};

void proxy_cancel(struct proxy_handshake *proxy) {
  bufferevent_disable(proxy->bev, EV_READ | EV_WRITE);
  bufferevent_free(proxy->bev);
  close(proxy->fd);
  free(proxy);
}

static void fail(struct proxy_handshake *proxy, const char *reason) {
  proxy->done(-1, NULL, reason, proxy->arg);
  proxy_cancel(proxy);
}

static void succeed(struct proxy_handshake *proxy) {
  bufferevent_disable(proxy->bev, EV_READ | EV_WRITE);
  proxy->done(proxy->fd, bufferevent_get_input(proxy->bev), NULL, proxy->arg);
  bufferevent_free(proxy->bev); /* made without BEV_OPT_CLOSE_ON_FREE: the socket lives on */
  free(proxy);
}

static void on_read(struct bufferevent *bev, void *arg) {
  struct proxy_handshake *proxy = arg;
  struct evbuffer *input = bufferevent_get_input(bev);
  struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
  if (end.pos < 0) {
    if (evbuffer_get_length(input) > ANSWER_MAX) {
      fail(proxy, "the proxy's answer to CONNECT is too long");
    }
    return;
  }

  size_t header_len = (size_t)end.pos + 4;
  char *header = xcalloc(1, header_len + 1);
  evbuffer_remove(input, header, header_len);
  header[strcspn(header, "\r\n")] = '\0';

  int status = 0;
  if (sscanf(header, "HTTP/1.%*1[01] %3d", &status) != 1) {
    fail(proxy, "the proxy did not answer CONNECT in HTTP");
  } else if (status / 100 != 2) {
    char *reason = xasprintf("the proxy refused CONNECT: %s", header);
    fail(proxy, reason);
    free(reason);
  } else {
    succeed(proxy);
  }
  free(header);
}

static void on_event(struct bufferevent *bev, short what, void *arg) {
  (void)bev;
  if (what & BEV_EVENT_EOF) {
    fail(arg, "the proxy closed the connection instead of answering CONNECT");
  } else if (what & BEV_EVENT_ERROR) {
    fail(arg, evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
  }
}

struct proxy_handshake *proxy_connect(struct event_base *base, int fd, const char *host,
                                      unsigned port, proxy_done done, void *arg) {
  struct bufferevent *bev = xcheck(bufferevent_socket_new(base, fd, BEV_OPT_DEFER_CALLBACKS));
  struct proxy_handshake *proxy = xcalloc(1, sizeof(*proxy));
  *proxy = (struct proxy_handshake){.bev = bev, .fd = fd, .done = done, .arg = arg};
  bufferevent_setcb(bev, on_read, NULL, on_event, proxy);

  const char *open = strchr(host, ':') != NULL ? "[" : "";
  const char *close_bracket = *open != '\0' ? "]" : "";
  struct evbuffer *output = bufferevent_get_output(bev);
  evbuffer_add_printf(output,
                      "CONNECT %s%s%s:%u HTTP/1.1\r\n"
                      "Host: %s%s%s:%u\r\n"
                      "\r\n",
                      open, host, close_bracket, port, open, host, close_bracket, port);
  bufferevent_enable(bev, EV_READ | EV_WRITE);
  return proxy;
}
