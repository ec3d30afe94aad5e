/* spdyd: serves the files of a folder over SPDY/2, SPDY/3 and SPDY/3.1.
 *
 * The files, in the order in which they are best read:
 *
 *   main.c          start-up; exit_code.h has the exit codes
 *   options.c       the command line
 *   server.h        what all workers share
 *   dispatcher.c    the main thread: signals, accepting, the choice of a worker
 *   worker.c        a thread with its event loop: time-outs, draining
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
 *   access_log.c, verbose.c
 *
 *   ../common       shared with kubestream: the listening socket, the TLS identity, messages, the
 *                   clock
 *
 * Build: make -C .. spdyd
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
#include "../common/diagnostic.h"
#include "dispatcher.h"
#include "docroot.h"
#include "exit_code.h"
#include "../common/listener.h"
#include "server.h"
#include "tls.h"

/* Descriptors that neither files nor connections may use: the standard ones, the log, what libraries
 * open in passing, and an event loop with an inbox per worker. */
#define RESERVED_DESCRIPTORS 32
#define RESERVED_PER_WORKER 6

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
    server->max_connections = at_least_one(usable - usable / 4);
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

static int serve(struct server *server)
{
    char where[ADDRESS_TEXT_SIZE];
    int status = open_resources(server, where);

    if (status != EXIT_CLEAN)
        return status;
    plan_descriptors(server);
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of write(), not of the process */
    printf("spdyd: listening on %s\n", where);
    fflush(stdout);
    if (server->options.daemon && daemon(0, 0) != 0) {
        diagnostic("cannot go to the background: %s", strerror(errno));
        return EXIT_RUNTIME;
    }
    return dispatcher_run(server);
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
