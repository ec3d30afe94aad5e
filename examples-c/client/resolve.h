/* Host names to addresses, without stopping the event loop.
 *
 * getaddrinfo() is the only resolver that agrees with the rest of the system (hosts file, mDNS,
 * NSS modules), and it blocks. So it runs in a thread per look-up, which hands its answer to the
 * loop through a pipe. There is one look-up per origin, so threads are few. */
#ifndef CLIENT_RESOLVE_H
#define CLIENT_RESOLVE_H

#include <event2/event.h>
#include <netdb.h>
#include <stdint.h>

struct resolver;
struct lookup;

/* `error` is 0 or an EAI_ code. The callback owns `addresses`; freeaddrinfo() them. */
typedef void (*lookup_done)(struct addrinfo *addresses, int error, void *arg);

/* NULL with errno set if the pipe cannot be made. */
struct resolver *resolver_new(struct event_base *base);

/* After all look-ups have been answered or cancelled. */
void resolver_free(struct resolver *resolver);

/* Always answers through the loop, never before it returns. */
struct lookup *resolver_lookup(struct resolver *resolver, const char *host, uint16_t port,
                               lookup_done done, void *arg);

/* The callback will not be called. Not for a look-up whose callback has been called. */
void lookup_cancel(struct lookup *lookup);

#endif
