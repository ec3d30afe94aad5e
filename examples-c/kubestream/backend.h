/* Connecting to a local TCP port, what a forwarded connection leads to. */
#ifndef KUBESTREAM_BACKEND_H
#define KUBESTREAM_BACKEND_H

#include <stdint.h>

struct backend;
struct event_base;

/* With a socket, which is now the receiver's, or -1 and the reason in words. */
typedef void (*backend_callback)(void *arg, int fd, const char *problem);

/* Tries localhost by IPv4, then by IPv6. The callback comes later, never from inside this call.
 * NULL when memory is short. */
struct backend *backend_connect(struct event_base *base, uint16_t port, backend_callback connected,
                                void *arg);

/* Gives up an attempt whose callback has not come yet. NULL is none. */
void backend_cancel(struct backend *backend);

#endif
