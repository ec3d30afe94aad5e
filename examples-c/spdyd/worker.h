/* A worker: a thread with an event loop and the connections it has accepted. Connections never
 * move between workers, so nothing below this file needs a lock. */
#ifndef SPDYD_WORKER_H
#define SPDYD_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "file_slots.h"
#include "server.h"

struct connection;
TAILQ_HEAD(connection_list, connection);

enum worker_order {
    ORDER_NONE,
    ORDER_DRAIN, /* accept no more, let running transfers finish */
    ORDER_CUT    /* end now */
};

struct worker {
    struct server *server;
    pthread_t thread;
    struct event_base *base;
    struct event *acceptable;
    struct event *ordered;
    struct event *tick;
    int order_fd; /* eventfd: something new in `order` */
    atomic_int order;
    /* Both lists have the connection that has been quiet for longest first, so a tick looks at
     * those that are due and no others. */
    struct connection_list active;
    struct connection_list closing;
    unsigned connection_count;
    struct file_slots file_slots;
    bool accept_paused;
    bool accept_failing;
    bool draining;
    uint64_t drain_deadline_ms;
};

/* Sets up and starts the thread. Returns 0, or -1 after a diagnostic. */
int worker_start(struct worker *worker, struct server *server);

/* May be called from another thread. */
void worker_order(struct worker *worker, enum worker_order order);

/* Waits for the thread and frees what the worker holds. */
void worker_join(struct worker *worker);

/* Called by a connection of this worker as the last thing it does. */
void worker_connection_gone(struct worker *worker);

#endif
