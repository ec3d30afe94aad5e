/* Which request goes over which connection, and when. */
#ifndef SPDYCAT_SCHEDULE_H
#define SPDYCAT_SCHEDULE_H

#include <stdint.h>

#include "client.h"

/* Queues a request, or several with -m, unless its URI was requested before. Takes over the contents
 * of `uri`. `page` is the request in whose body it was found, NULL if the user has named it; `delay`
 * is added to the user's priority. */
void schedule_add(struct client *client, struct uri *uri, const struct request *page,
                  uint8_t delay);

/* Starts requests as far as the limit allows, sends what is waiting to be sent, and closes
 * connections that are no longer needed. Not at once but from the event loop, so any callback may
 * ask for it. */
void schedule_wake(struct client *client);

/* What schedule_wake() wakes; an event callback. */
void schedule_run(evutil_socket_t fd, short what, void *client);

/* The request has got its outcome. It may be freed. */
void schedule_finished(struct client *client, struct request *request);

/* Takes an unfinished request back from its connection, to be sent again over another one. */
void schedule_again(struct client *client, struct request *request);

/* Ends the run: everything unfinished fails with `outcome`, and only `reason` is said about it. Not
 * from a callback of the library, because it ends many requests at once. */
void schedule_abort(struct client *client, enum outcome outcome, const char *reason);

void schedule_free_origins(struct client *client);

#endif
