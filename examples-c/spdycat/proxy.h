/* HTTP CONNECT: asks a proxy, over an open TCP connection, for a tunnel to the origin. */
#ifndef SPDYCAT_PROXY_H
#define SPDYCAT_PROXY_H

#include <event2/buffer.h>
#include <event2/event.h>

struct proxy_handshake;

/* `reason` is NULL if the tunnel is open. Then the callback owns the socket again, and `early`
 * holds what the origin has sent behind the proxy's answer; it is the proxy handshake's, so drain
 * it before returning. On failure the socket has been closed. */
typedef void (*proxy_done)(int fd, struct evbuffer *early, const char *reason, void *arg);

/* Takes over `fd`. The handshake frees itself after it has called back. */
struct proxy_handshake *proxy_connect(struct event_base *base, int fd, const char *host,
                                      unsigned port, proxy_done done, void *arg);
void proxy_cancel(struct proxy_handshake *proxy);

#endif
