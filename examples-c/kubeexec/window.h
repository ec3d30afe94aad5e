/* Tells the remote terminal the size of the local one. */
#ifndef KUBEEXEC_WINDOW_H
#define KUBEEXEC_WINDOW_H

#include "stream.h"

struct window;

/* Sends the size at once, and whenever it changes. */
struct window *window_watch(struct event_base *base, struct stream *stream);

/* NULL is fine. The stream may be gone by then. */
void window_free(struct window *window);

#endif
