/* What all workers share. Written during start-up, before the first thread, and read-only then but
 * for the atomics. */
#ifndef SPDYD_SERVER_H
#define SPDYD_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "options.h"

struct access_log;
struct tls;

struct server {
    struct options options;
    struct tls *tls;               /* NULL with --no-tls */
    struct access_log *access_log; /* NULL without --access-log */
    int listen_fd;
    int docroot;
    /* Shares of the process's descriptors: connections can then never starve the files that they
     * ask for, nor the other way round. */
    unsigned files_per_worker;
    unsigned connections_per_worker;
    pthread_t main_thread; /* gets SIGUSR1 when a worker ends */
    atomic_uint workers_running;
    atomic_uint connections_seen; /* numbers them for --verbose */
};

#endif
