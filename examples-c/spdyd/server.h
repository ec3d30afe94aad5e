/* What all workers share. Written during start-up, before the first thread, and read-only then but
 * for the atomics. */
#ifndef SPDYD_SERVER_H
#define SPDYD_SERVER_H

#include <stdatomic.h>

#include "options.h"

struct access_log;
struct tls;

struct server {
    struct options options;
    struct tls *tls;               /* NULL with --no-tls */
    struct access_log *access_log; /* NULL without --access-log */
    int listen_fd;                 /* the dispatcher's */
    int docroot;
    /* Shares of the process's descriptors: connections can then never starve the files that they
     * ask for, nor the other way round. */
    unsigned max_connections;
    unsigned files_per_worker;
    int worker_ended_fd; /* eventfd, written when workers_running has sunk */
    atomic_uint workers_running;
    atomic_uint connections_seen; /* numbers them for --verbose */
};

#endif
