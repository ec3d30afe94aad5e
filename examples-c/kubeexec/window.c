#define _DEFAULT_SOURCE /* SIGWINCH */

#include "window.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "../client/xalloc.h"
#include "terminal.h"


struct window {
  struct stream *stream;
  struct event *changed;
  unsigned width;
  unsigned height;
};

static void send_size(struct window *window) {
  unsigned width;
  unsigned height;
  if (!terminal_size(&width, &height) || (width == window->width && height == window->height)) {
    return;
  }
  char line[64];
  int len = snprintf(line, sizeof(line), "{\"Width\":%u,\"Height\":%u}\n", width, height);
  window->width = width;
  window->height = height;
  stream_write(window->stream, line, (size_t)len);
}

static void on_changed(evutil_socket_t number, short what, void *arg) {
  (void)number;
  (void)what;
  send_size(arg);
}

struct window *window_watch(struct event_base *base, struct stream *stream) {
  struct window *window = xcalloc(1, sizeof(*window));
  window->stream = stream;
  window->changed = xcheck(evsignal_new(base, SIGWINCH, on_changed, window));
  event_add(window->changed, NULL);
  send_size(window);
  return window;
}

void window_free(struct window *window) {
  if (window != NULL) {
    event_free(window->changed);
    free(window);
  }
}
