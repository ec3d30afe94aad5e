/* A worker: a thread with an event loop and connections. A connection never moves to another
 * worker, so nothing that belongs to one needs a lock. */
#ifndef SPDYD_WORKER_H
#define SPDYD_WORKER_H

#include <pthread.h>
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
    ORDER_DRAIN, /* let running transfers finish, then end */
    ORDER_CUT    /* end now */
};

struct worker {
    struct server *server;
    pthread_t thread;
    struct event_base *base;
    struct event *inbox;
    struct event *tick;
    /* A pipe of messages from the dispatcher. It keeps their order: whoever was handed over before
     * the order to drain is drained too. */
    int inbox_read_fd;
    int inbox_write_fd;
    atomic_uint connection_count; /* raised by the dispatcher, lowered by the worker */
    /* Both lists have the connection that has been quiet for longest first, so a tick looks at
     * those that are due and no others. */
    struct connection_list active;
    struct connection_list closing;
    struct file_slots file_slots;
    bool draining;
    uint64_t drain_deadline_ms;
};

/* Sets up and starts the thread. False after a diagnostic. */
bool worker_start(struct worker *worker, struct server *server);

/* For the dispatcher: gives the worker a client's socket, or an order. */
void worker_hand_over(struct worker *worker, int client);
void worker_order(struct worker *worker, enum worker_order order);

/* Waits for the thread and frees what the worker holds. */
void worker_join(struct worker *worker);

/* Called as the last thing done for a socket that was handed over. */
void worker_connection_gone(struct worker *worker);

#endif
