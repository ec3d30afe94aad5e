#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "diagnostic.h"
#include "listener.h"

/* How exact time-outs are. */
#define TICK_MS 250

/* All workers wait on one socket. Taking a few connections a turn leaves the rest of a burst to
 * the others. */
#define ACCEPTS_PER_TURN 16

/* How long a connection that is being closed may take to read our last bytes and say good-bye. */
#define CLOSING_TIMEOUT_MS 2000

static void pause_accepting(struct worker *worker)
{
    event_del(worker->acceptable);
    worker->accept_paused = true; /* until a tick finds room again */
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;

    (void)what;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage peer = {0};
        socklen_t length = sizeof(peer);
        int client;

        if (worker->connection_count >= worker->server->connections_per_worker) {
            pause_accepting(worker);
            return;
        }
        client = accept4(fd, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client >= 0) {
            worker->accept_failing = false;
            connection_open(worker, client, &peer);
            continue;
        }
        switch (errno) {
        case EAGAIN:
            return;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            if (!worker->accept_failing)
                diagnostic("cannot accept connections for now: %s", strerror(errno));
            worker->accept_failing = true;
            pause_accepting(worker);
            return;
        case EINVAL: /* the socket was shut down: the server stops */
            event_del(worker->acceptable);
            return;
        default: /* that one connection is gone before we had it */
            break;
        }
    }
}

static void end_if_drained(struct worker *worker)
{
    if (worker->draining && worker->connection_count == 0)
        event_base_loopbreak(worker->base);
}

void worker_connection_gone(struct worker *worker)
{
    worker->connection_count--;
    end_if_drained(worker);
}

static void cut_all(struct worker *worker)
{
    struct connection *connection;
    unsigned with_streams = 0;

    while ((connection = TAILQ_FIRST(&worker->active)) != NULL) {
        with_streams += !TAILQ_EMPTY(&connection->streams);
        connection_free(connection);
    }
    while ((connection = TAILQ_FIRST(&worker->closing)) != NULL)
        connection_free(connection);
    if (with_streams > 0)
        diagnostic("cut %u connections with unfinished transfers", with_streams);
}

static void drain(struct worker *worker)
{
    struct connection *connection;
    struct connection *next;

    if (worker->draining)
        return;
    worker->draining = true;
    worker->drain_deadline_ms =
        clock_ms() + (uint64_t)worker->server->options.shutdown_timeout * 1000;
    worker->accept_paused = false;
    event_del(worker->acceptable);
    for (connection = TAILQ_FIRST(&worker->active); connection != NULL; connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection_drain(connection);
    }
    end_if_drained(worker);
}

static void on_order(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;
    eventfd_t count;

    (void)what;
    eventfd_read(fd, &count);
    switch (atomic_load(&worker->order)) {
    case ORDER_DRAIN:
        drain(worker);
        break;
    case ORDER_CUT:
        worker->draining = true;
        cut_all(worker);
        end_if_drained(worker);
        break;
    default:
        break;
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;
    const uint64_t now = clock_ms();
    const uint64_t idle_ms = (uint64_t)worker->server->options.idle_timeout * 1000;
    struct connection *connection;
    struct connection *next;

    (void)fd;
    (void)what;
    if (worker->draining && now >= worker->drain_deadline_ms) {
        cut_all(worker);
        return;
    }
    for (connection = TAILQ_FIRST(&worker->closing);
         connection != NULL && now - connection->active_ms >= CLOSING_TIMEOUT_MS;
         connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection_free(connection);
    }
    for (connection = TAILQ_FIRST(&worker->active);
         idle_ms != 0 && connection != NULL && now - connection->active_ms >= idle_ms;
         connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection_time_out(connection);
    }
    if (worker->accept_paused &&
        worker->connection_count < worker->server->connections_per_worker) {
        worker->accept_paused = false;
        event_add(worker->acceptable, NULL);
    }
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    struct server *server = worker->server;

    event_base_dispatch(worker->base);
    atomic_fetch_sub(&server->workers_running, 1);
    pthread_kill(server->main_thread, SIGUSR1);
    return NULL;
}

static void free_events(struct worker *worker)
{
    file_slots_clear(&worker->file_slots);
    if (worker->tick != NULL)
        event_free(worker->tick);
    if (worker->ordered != NULL)
        event_free(worker->ordered);
    if (worker->acceptable != NULL)
        event_free(worker->acceptable);
    if (worker->base != NULL)
        event_base_free(worker->base);
    if (worker->order_fd >= 0)
        close(worker->order_fd);
}

static bool set_up_events(struct worker *worker)
{
    const struct timeval interval = {.tv_usec = TICK_MS * 1000};

    worker->order_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->base = event_base_new();
    if (worker->order_fd < 0 || worker->base == NULL)
        return false;
    worker->acceptable = event_new(worker->base, worker->server->listen_fd, EV_READ | EV_PERSIST,
                                   on_acceptable, worker);
    worker->ordered =
        event_new(worker->base, worker->order_fd, EV_READ | EV_PERSIST, on_order, worker);
    worker->tick = event_new(worker->base, -1, EV_PERSIST, on_tick, worker);
    return worker->acceptable != NULL && worker->ordered != NULL && worker->tick != NULL &&
           file_slots_init(&worker->file_slots, worker->base, worker->server->files_per_worker) &&
           event_add(worker->acceptable, NULL) == 0 && event_add(worker->ordered, NULL) == 0 &&
           event_add(worker->tick, &interval) == 0;
}

int worker_start(struct worker *worker, struct server *server)
{
    int error;

    *worker = (struct worker){.server = server, .order_fd = -1};
    TAILQ_INIT(&worker->active);
    TAILQ_INIT(&worker->closing);
    if (!set_up_events(worker)) {
        diagnostic("cannot set up an event loop: %s", strerror(errno));
        free_events(worker);
        return -1;
    }
    atomic_fetch_add(&server->workers_running, 1);
    error = pthread_create(&worker->thread, NULL, run, worker);
    if (error != 0) {
        atomic_fetch_sub(&server->workers_running, 1);
        diagnostic("cannot start a thread: %s", strerror(error));
        free_events(worker);
        return -1;
    }
    return 0;
}

void worker_order(struct worker *worker, enum worker_order order)
{
    atomic_store(&worker->order, (int)order);
    eventfd_write(worker->order_fd, 1);
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    cut_all(worker);
    free_events(worker);
}
