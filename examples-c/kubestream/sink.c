#include "sink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "connection.h"
#include "server.h"

#define WAITING_HIGH_MARK (256 * 1024)
#define WAITING_LOW_MARK (64 * 1024)

/* What ends the input of a terminal, unless its program has chosen otherwise. */
#define CONTROL_D "\x04"

struct sink {
    struct connection *connection;
    struct evbuffer *waiting;
    struct event *writable;
    sink_broken_callback broken;
    void *arg;
    int fd;
    enum sink_end end;
    bool holding;   /* the connection */
    bool finishing; /* the end is to follow what is waiting */
    bool discarding;
};

struct sink *sink_new(struct connection *connection)
{
    struct sink *sink = calloc(1, sizeof(*sink));

    if (sink == NULL)
        return NULL;
    sink->waiting = evbuffer_new();
    if (sink->waiting == NULL) {
        free(sink);
        return NULL;
    }
    sink->connection = connection;
    sink->fd = -1;
    return sink;
}

static void let_go(struct sink *sink)
{
    if (sink->writable != NULL)
        event_free(sink->writable);
    sink->writable = NULL;
    if (sink->fd >= 0)
        close(sink->fd);
    sink->fd = -1;
}

static void hold_or_release(struct sink *sink)
{
    size_t waiting = evbuffer_get_length(sink->waiting);

    if (!sink->holding && waiting >= WAITING_HIGH_MARK) {
        sink->holding = true;
        connection_hold(sink->connection);
    } else if (sink->holding && waiting <= WAITING_LOW_MARK) {
        sink->holding = false;
        connection_release(sink->connection);
    }
}

void sink_discard(struct sink *sink)
{
    sink->discarding = true;
    evbuffer_drain(sink->waiting, evbuffer_get_length(sink->waiting));
    let_go(sink);
    hold_or_release(sink);
}

void sink_free(struct sink *sink)
{
    if (sink == NULL)
        return;
    sink_discard(sink);
    evbuffer_free(sink->waiting);
    free(sink);
}

static void fail(struct sink *sink)
{
    sink_broken_callback broken = sink->broken;

    sink_discard(sink);
    if (broken != NULL)
        broken(sink->arg);
}

static void finish_now(struct sink *sink)
{
    if (sink->end == SINK_SHUT_DOWN)
        shutdown(sink->fd, SHUT_WR);
    sink->discarding = true;
    let_go(sink);
}

/* Writes what is waiting, as far as it goes. */
static void pump(struct sink *sink)
{
    while (evbuffer_get_length(sink->waiting) > 0) {
        if (evbuffer_write(sink->waiting, sink->fd) > 0)
            continue;
        if (errno == EAGAIN || errno == EINTR) {
            event_add(sink->writable, NULL);
            hold_or_release(sink);
            return;
        }
        fail(sink);
        return;
    }
    hold_or_release(sink);
    if (sink->finishing)
        finish_now(sink);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    pump(arg);
}

void sink_connect(struct sink *sink, int fd, enum sink_end end, sink_broken_callback broken,
                  void *arg)
{
    if (sink->discarding || fd < 0) {
        if (fd >= 0)
            close(fd);
        sink_discard(sink);
        return;
    }
    sink->fd = fd;
    sink->end = end;
    sink->broken = broken;
    sink->arg = arg;
    sink->writable = event_new(sink->connection->server->base, fd, EV_WRITE, on_writable, sink);
    if (sink->writable == NULL) {
        fail(sink);
        return;
    }
    if (sink->finishing && end == SINK_CONTROL_D)
        evbuffer_add(sink->waiting, CONTROL_D, 1);
    pump(sink);
}

void sink_write(struct sink *sink, const uint8_t *bytes, size_t length)
{
    if (sink->discarding || sink->finishing)
        return;
    /* Usually the other side keeps up, and nothing need be copied. */
    if (sink->fd >= 0 && evbuffer_get_length(sink->waiting) == 0) {
        ssize_t n = write(sink->fd, bytes, length);

        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            fail(sink);
            return;
        }
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
        if (length == 0)
            return;
        event_add(sink->writable, NULL);
    }
    if (evbuffer_add(sink->waiting, bytes, length) != 0)
        fail(sink);
    else
        hold_or_release(sink);
}

void sink_finish(struct sink *sink)
{
    if (sink->discarding || sink->finishing)
        return;
    sink->finishing = true;
    if (sink->fd < 0)
        return;
    if (sink->end == SINK_CONTROL_D)
        evbuffer_add(sink->waiting, CONTROL_D, 1);
    pump(sink);
}
