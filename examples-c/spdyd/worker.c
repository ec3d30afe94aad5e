#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../common/clock.h"
#include "connection.h"
#include "../common/diagnostic.h"

/* How exact time-outs are. */
#define TICK_MS 250

/* How long a connection that is being closed may take to read our last bytes and say good-bye. */
#define CLOSING_TIMEOUT_MS 2000

/* Small enough for a pipe to pass it in one piece. */
struct message {
    enum { MESSAGE_CLIENT, MESSAGE_ORDER } kind;
    int value; /* a socket or a worker_order */
};

static void end_if_drained(struct worker *worker)
{
    if (worker->draining && atomic_load(&worker->connection_count) == 0)
        event_base_loopbreak(worker->base);
}

void worker_connection_gone(struct worker *worker)
{
    atomic_fetch_sub(&worker->connection_count, 1);
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
    for (connection = TAILQ_FIRST(&worker->active); connection != NULL; connection = next) {
        next = TAILQ_NEXT(connection, link);
        connection_drain(connection);
    }
    end_if_drained(worker);
}

static void obey(struct worker *worker, enum worker_order order)
{
    switch (order) {
    case ORDER_DRAIN:
        drain(worker);
        break;
    case ORDER_CUT:
        worker->draining = true;
        cut_all(worker);
        end_if_drained(worker);
        break;
    }
}

static void on_message(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;
    struct message message;

    (void)what;
    while (read(fd, &message, sizeof(message)) == (ssize_t)sizeof(message)) {
        if (message.kind == MESSAGE_CLIENT)
            connection_open(worker, message.value);
        else
            obey(worker, (enum worker_order)message.value);
    }
}

static void send_message(struct worker *worker, struct message message)
{
    /* Blocks when thousands of messages wait, which slows down the accepting of more. */
    while (write(worker->inbox_write_fd, &message, sizeof(message)) < 0 && errno == EINTR)
        continue;
}

void worker_hand_over(struct worker *worker, int client)
{
    atomic_fetch_add(&worker->connection_count, 1);
    send_message(worker, (struct message){.kind = MESSAGE_CLIENT, .value = client});
}

void worker_order(struct worker *worker, enum worker_order order)
{
    send_message(worker, (struct message){.kind = MESSAGE_ORDER, .value = (int)order});
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
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    struct server *server = worker->server;

    event_base_dispatch(worker->base);
    atomic_fetch_sub(&server->workers_running, 1);
    eventfd_write(server->worker_ended_fd, 1);
    return NULL;
}

static void free_events(struct worker *worker)
{
    file_slots_clear(&worker->file_slots);
    if (worker->tick != NULL)
        event_free(worker->tick);
    if (worker->inbox != NULL)
        event_free(worker->inbox);
    if (worker->base != NULL)
        event_base_free(worker->base);
    if (worker->inbox_read_fd >= 0) {
        close(worker->inbox_read_fd);
        close(worker->inbox_write_fd);
    }
}

static bool set_up_inbox(struct worker *worker)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    worker->inbox_read_fd = ends[0];
    worker->inbox_write_fd = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static bool set_up_events(struct worker *worker)
{
    const struct timeval interval = {.tv_usec = TICK_MS * 1000};

    if (!set_up_inbox(worker) || (worker->base = event_base_new()) == NULL)
        return false;
    worker->inbox = event_new(worker->base, worker->inbox_read_fd, EV_READ | EV_PERSIST,
                              on_message, worker);
    worker->tick = event_new(worker->base, -1, EV_PERSIST, on_tick, worker);
    return worker->inbox != NULL && worker->tick != NULL &&
           file_slots_init(&worker->file_slots, worker->base, worker->server->files_per_worker) &&
           event_add(worker->inbox, NULL) == 0 && event_add(worker->tick, &interval) == 0;
}

bool worker_start(struct worker *worker, struct server *server)
{
    int error;

    worker->server = server;
    worker->inbox_read_fd = -1;
    TAILQ_INIT(&worker->active);
    TAILQ_INIT(&worker->closing);
    if (!set_up_events(worker)) {
        diagnostic("cannot set up an event loop: %s", strerror(errno));
        free_events(worker);
        return false;
    }
    atomic_fetch_add(&server->workers_running, 1);
    error = pthread_create(&worker->thread, NULL, run, worker);
    if (error != 0) {
        atomic_fetch_sub(&server->workers_running, 1);
        diagnostic("cannot start a thread: %s", strerror(error));
        free_events(worker);
        return false;
    }
    return true;
}

void worker_join(struct worker *worker)
{
    pthread_join(worker->thread, NULL);
    cut_all(worker);
    free_events(worker);
}
