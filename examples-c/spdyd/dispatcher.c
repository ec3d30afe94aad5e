#define _GNU_SOURCE
#include "dispatcher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "access_log.h"
#include "../common/diagnostic.h"
#include "exit_code.h"
#include "server.h"
#include "worker.h"

/* How soon accepting goes on after it had to pause. */
#define PAUSE_MS 250

static const int SIGNALS[] = {SIGTERM, SIGINT, SIGHUP};

#define SIGNAL_COUNT (sizeof(SIGNALS) / sizeof(SIGNALS[0]))

struct dispatcher {
    struct server *server;
    struct worker *workers;
    unsigned started; /* workers that run, or have run */
    struct event_base *base;
    struct event *acceptable;
    struct event *pause_over;
    struct event *worker_ended;
    struct event *signals[SIGNAL_COUNT];
    bool accept_failing;
    bool stopping;
};

static void order_all(struct dispatcher *dispatcher, enum worker_order order)
{
    for (unsigned i = 0; i < dispatcher->started; i++)
        worker_order(&dispatcher->workers[i], order);
}

static void stop_accepting(struct dispatcher *dispatcher)
{
    struct server *server = dispatcher->server;

    if (server->listen_fd < 0)
        return;
    event_del(dispatcher->acceptable);
    event_del(dispatcher->pause_over);
    close(server->listen_fd);
    server->listen_fd = -1;
}

static void pause_accepting(struct dispatcher *dispatcher)
{
    const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};

    event_del(dispatcher->acceptable);
    event_add(dispatcher->pause_over, &pause);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct dispatcher *dispatcher = arg;

    (void)fd;
    (void)what;
    event_add(dispatcher->acceptable, NULL);
}

/* The worker with the fewest connections; NULL if there is no room for another one. Connections of
 * SPDY are few and long-lived: where one lands decides which processor serves it for hours, so that
 * is not left to the thread that happens to wake up first. */
static struct worker *choose_worker(struct dispatcher *dispatcher)
{
    struct worker *chosen = NULL;
    unsigned fewest = 0;
    unsigned total = 0;

    for (unsigned i = 0; i < dispatcher->started; i++) {
        unsigned count = atomic_load(&dispatcher->workers[i].connection_count);

        total += count;
        if (chosen == NULL || count < fewest) {
            chosen = &dispatcher->workers[i];
            fewest = count;
        }
    }
    return total < dispatcher->server->max_connections ? chosen : NULL;
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    struct dispatcher *dispatcher = arg;
    struct worker *worker = choose_worker(dispatcher);
    int client;

    (void)what;
    if (worker == NULL) {
        pause_accepting(dispatcher);
        return;
    }
    client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client >= 0) {
        dispatcher->accept_failing = false;
        worker_hand_over(worker, client);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        /* The client stays in the queue, so trying again at once would only spin. */
        if (!dispatcher->accept_failing)
            diagnostic("cannot accept connections for now: %s", strerror(errno));
        dispatcher->accept_failing = true;
        pause_accepting(dispatcher);
    }
}

static void stop(struct dispatcher *dispatcher)
{
    /* New clients are refused from now on, instead of waiting for nobody. */
    stop_accepting(dispatcher);
    order_all(dispatcher, dispatcher->stopping ? ORDER_CUT : ORDER_DRAIN);
    dispatcher->stopping = true;
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct dispatcher *dispatcher = arg;

    (void)what;
    /* Without a log file to open anew, SIGHUP means that the terminal was closed. */
    if (number != SIGHUP || !access_log_reopen(dispatcher->server->access_log))
        stop(dispatcher);
}

static void on_worker_ended(evutil_socket_t fd, short what, void *arg)
{
    struct dispatcher *dispatcher = arg;
    eventfd_t count;

    (void)what;
    eventfd_read(fd, &count);
    if (atomic_load(&dispatcher->server->workers_running) == 0)
        event_base_loopbreak(dispatcher->base);
}

/* Signals are for this thread alone: the workers inherit a mask that blocks them. */
static void mask_signals(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaddset(&set, SIGNALS[i]);
    pthread_sigmask(how, &set, NULL);
}

static bool set_up(struct dispatcher *dispatcher)
{
    struct server *server = dispatcher->server;

    server->worker_ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    dispatcher->workers = calloc(server->options.workers, sizeof(*dispatcher->workers));
    dispatcher->base = event_base_new();
    if (server->worker_ended_fd < 0 || dispatcher->workers == NULL || dispatcher->base == NULL)
        return false;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        dispatcher->signals[i] =
            evsignal_new(dispatcher->base, SIGNALS[i], on_signal, dispatcher);
        if (dispatcher->signals[i] == NULL || event_add(dispatcher->signals[i], NULL) != 0)
            return false;
    }
    dispatcher->acceptable = event_new(dispatcher->base, server->listen_fd, EV_READ | EV_PERSIST,
                                       on_acceptable, dispatcher);
    dispatcher->pause_over = event_new(dispatcher->base, -1, 0, on_pause_over, dispatcher);
    dispatcher->worker_ended = event_new(dispatcher->base, server->worker_ended_fd,
                                         EV_READ | EV_PERSIST, on_worker_ended, dispatcher);
    return dispatcher->acceptable != NULL && dispatcher->pause_over != NULL &&
           dispatcher->worker_ended != NULL && event_add(dispatcher->acceptable, NULL) == 0 &&
           event_add(dispatcher->worker_ended, NULL) == 0;
}

static bool start_workers(struct dispatcher *dispatcher)
{
    struct server *server = dispatcher->server;
    bool started = true;

    mask_signals(SIG_BLOCK);
    while (started && dispatcher->started < server->options.workers) {
        started = worker_start(&dispatcher->workers[dispatcher->started], server);
        dispatcher->started += started;
    }
    mask_signals(SIG_UNBLOCK);
    return started;
}

static void tear_down(struct dispatcher *dispatcher)
{
    struct server *server = dispatcher->server;

    for (unsigned i = 0; i < dispatcher->started; i++)
        worker_join(&dispatcher->workers[i]);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (dispatcher->signals[i] != NULL)
            event_free(dispatcher->signals[i]);
    }
    if (dispatcher->acceptable != NULL)
        event_free(dispatcher->acceptable);
    if (dispatcher->pause_over != NULL)
        event_free(dispatcher->pause_over);
    if (dispatcher->worker_ended != NULL)
        event_free(dispatcher->worker_ended);
    if (dispatcher->base != NULL)
        event_base_free(dispatcher->base);
    if (server->worker_ended_fd >= 0)
        close(server->worker_ended_fd);
    free(dispatcher->workers);
}

int dispatcher_run(struct server *server)
{
    struct dispatcher dispatcher = {.server = server};
    int status = EXIT_RUNTIME;

    if (!set_up(&dispatcher)) {
        diagnostic("cannot set up the main event loop: %s", strerror(errno));
    } else if (!start_workers(&dispatcher)) {
        order_all(&dispatcher, ORDER_CUT);
    } else {
        event_base_dispatch(dispatcher.base);
        status = dispatcher.stopping ? EXIT_CLEAN : EXIT_RUNTIME;
    }
    tear_down(&dispatcher);
    return status;
}
