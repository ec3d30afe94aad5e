/* spdyd: serves the files of a folder over SPDY/2, SPDY/3 and SPDY/3.1.
 *
 * The files, in the order in which they are best read:
 *
 *   main.c          start-up, signals, the end; exit_code.h has the exit codes
 *   options.c       the command line
 *   server.h        what all workers share
 *   listener.c      the listening socket; addresses as text
 *   worker.c        a thread: event loop, accepting, time-outs, draining
 *
 *   connection.c    bytes between a bufferevent and a spdylay session: back-pressure and closing
 *   tls.c           OpenSSL: ALPN, NPN, client certificates
 *   session.c       the spdylay session and its callbacks: start here for the use of the library
 *
 *   stream.c        one request and its answer
 *   handler.c       what is done when the parts of a request arrive
 *   request.c       header fields, copied and judged
 *   upload.c        POST: counted and hashed as it arrives
 *   respond.c       answers: header fields and short texts
 *   body.c          the body of an answer, as the library reads it
 *
 *   static_file.c   GET and HEAD
 *   path.c          from the request's path to a name below the folder
 *   docroot.c       opening that name, and nothing outside of the folder
 *   file_slots.c    a budget of open files, and the line for them
 *   conditional.c   If-None-Match and its relatives
 *   range.c         byte ranges
 *   http_date.c, mime.c
 *
 *   access_log.c, verbose.c, diagnostic.c, clock.c
 *
 * Build: cc -std=c11 *.c $(pkg-config --cflags --libs libevent libevent_openssl openssl) \
 *           -lspdylay -pthread
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "access_log.h"
#include "diagnostic.h"
#include "docroot.h"
#include "exit_code.h"
#include "listener.h"
#include "server.h"
#include "tls.h"
#include "worker.h"

/* Descriptors that neither files nor connections may use: the standard ones, the log, an event loop
 * and an eventfd per worker, what libraries open in passing. */
#define RESERVED_DESCRIPTORS 32
#define RESERVED_PER_WORKER 4

static unsigned at_least_one(rlim_t share)
{
    return share < 1 ? 1 : (unsigned)share;
}

/* Takes all descriptors the system grants and divides them: three quarters for connections, one for
 * files. */
static void plan_descriptors(struct server *server)
{
    const rlim_t enough = 1 << 20; /* "unlimited" would not fit the arithmetic below */
    const unsigned workers = server->options.workers;
    const rlim_t reserved = RESERVED_DESCRIPTORS + (rlim_t)RESERVED_PER_WORKER * workers;
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
    rlim_t usable;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < enough ? limit.rlim_max : enough;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            getrlimit(RLIMIT_NOFILE, &limit);
    }
    usable = limit.rlim_cur > reserved ? limit.rlim_cur - reserved : 0;
    server->files_per_worker = at_least_one(usable / 4 / workers);
    server->connections_per_worker = at_least_one((usable - usable / 4) / workers);
}

/* Everything that may fail for reasons of the command line, while there is still a terminal to tell
 * and an exit code to give. */
static int open_resources(struct server *server, char where[ADDRESS_TEXT_SIZE])
{
    const struct options *options = &server->options;

    server->docroot = docroot_open(options->htdocs);
    if (server->docroot < 0)
        return EXIT_FOLDER;
    if (options->tls && (server->tls = tls_new(options)) == NULL)
        return EXIT_TLS;
    if (options->access_log != NULL &&
        (server->access_log = access_log_open(options->access_log)) == NULL)
        return EXIT_LOG;
    server->listen_fd = listener_open(options->bind_address, options->port, where);
    if (server->listen_fd < 0)
        return EXIT_LISTEN;
    return EXIT_CLEAN;
}

static void close_resources(struct server *server)
{
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    if (server->docroot >= 0)
        close(server->docroot);
    access_log_close(server->access_log);
    tls_free(server->tls);
}

/* Signals are taken by sigwait() in the main thread and nowhere else: blocked here, before the
 * workers start and inherit it. */
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    sigaddset(signals, SIGUSR1); /* from a worker that ends */
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of write(), not of the process */
}

static void order_all(struct worker *workers, unsigned count, enum worker_order order)
{
    for (unsigned i = 0; i < count; i++)
        worker_order(&workers[i], order);
}

/* Until all workers have ended. */
static int handle_signals(struct server *server, struct worker *workers, const sigset_t *signals)
{
    bool stopping = false;

    while (atomic_load(&server->workers_running) > 0) {
        int number;

        if (sigwait(signals, &number) != 0)
            continue;
        switch (number) {
        case SIGHUP:
            if (access_log_reopen(server->access_log))
                break;
            /* The terminal was closed. */
            /* fallthrough */
        case SIGTERM:
        case SIGINT:
            order_all(workers, server->options.workers, stopping ? ORDER_CUT : ORDER_DRAIN);
            stopping = true;
            /* New clients are refused from now on, instead of waiting for nobody. */
            shutdown(server->listen_fd, SHUT_RDWR);
            break;
        default:
            break;
        }
    }
    return stopping ? EXIT_CLEAN : EXIT_RUNTIME;
}

static int run_workers(struct server *server, const sigset_t *signals)
{
    const unsigned count = server->options.workers;
    struct worker *workers = calloc(count, sizeof(*workers));
    unsigned started = 0;
    int status = EXIT_RUNTIME;

    if (workers == NULL) {
        diagnostic("no memory for workers");
        return EXIT_RUNTIME;
    }
    while (started < count && worker_start(&workers[started], server) == 0)
        started++;
    if (started == count)
        status = handle_signals(server, workers, signals);
    else
        order_all(workers, started, ORDER_CUT);
    for (unsigned i = 0; i < started; i++)
        worker_join(&workers[i]);
    free(workers);
    return status;
}

static int serve(struct server *server)
{
    char where[ADDRESS_TEXT_SIZE];
    sigset_t signals;
    int status = open_resources(server, where);

    if (status != EXIT_CLEAN)
        return status;
    plan_descriptors(server);
    block_signals(&signals);
    printf("spdyd: listening on %s\n", where);
    fflush(stdout);
    if (server->options.daemon && daemon(0, 0) != 0) {
        diagnostic("cannot go to the background: %s", strerror(errno));
        return EXIT_RUNTIME;
    }
    server->main_thread = pthread_self();
    return run_workers(server, &signals);
}

int main(int argc, char **argv)
{
    struct server server = {.listen_fd = -1, .docroot = -1};
    int status = options_parse(&server.options, argc, argv);

    if (status != OPTIONS_RUN)
        return status;
    status = serve(&server);
    close_resources(&server);
    return status;
}
