#include "file_slots.h"

#include <event2/event.h>

#include "connection.h"
#include "static_file.h"
#include "stream.h"
#include "worker.h"

static struct file_slots *slots_of(const struct stream *stream)
{
    return &stream->connection->worker->file_slots;
}

static void leave_line(struct file_slots *slots, struct stream *stream)
{
    TAILQ_REMOVE(&slots->waiting, stream, waiting);
    stream->file_slot = SLOT_NONE;
}

/* Runs from the event loop and not from file_slot_release(): that is called in the middle of one
 * session's work, which is no place to drive another session from. */
static void on_available(evutil_socket_t fd, short what, void *arg)
{
    struct file_slots *slots = arg;
    struct stream *stream;

    (void)fd;
    (void)what;
    while (slots->free > 0 && (stream = TAILQ_FIRST(&slots->waiting)) != NULL) {
        struct connection *connection = stream->connection;

        leave_line(slots, stream);
        static_file_respond(stream);
        connection_flush(connection);
    }
}

bool file_slots_init(struct file_slots *slots, struct event_base *base, unsigned count)
{
    slots->free = count;
    TAILQ_INIT(&slots->waiting);
    slots->available = event_new(base, -1, 0, on_available, slots);
    return slots->available != NULL;
}

void file_slots_clear(struct file_slots *slots)
{
    if (slots->available != NULL)
        event_free(slots->available);
}

bool file_slot_take(struct stream *stream)
{
    struct file_slots *slots = slots_of(stream);

    if (slots->free > 0) {
        slots->free--;
        stream->file_slot = SLOT_HELD;
        return true;
    }
    TAILQ_INSERT_TAIL(&slots->waiting, stream, waiting);
    stream->file_slot = SLOT_WAITING;
    return false;
}

void file_slot_release(struct stream *stream)
{
    struct file_slots *slots = slots_of(stream);

    switch (stream->file_slot) {
    case SLOT_NONE:
        break;
    case SLOT_WAITING:
        leave_line(slots, stream);
        break;
    case SLOT_HELD:
        stream->file_slot = SLOT_NONE;
        slots->free++;
        if (!TAILQ_EMPTY(&slots->waiting))
            event_active(slots->available, EV_TIMEOUT, 0);
        break;
    }
}
