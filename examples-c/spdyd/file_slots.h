/* A budget of open files per worker.
 *
 * Every transfer holds a descriptor, and each connection may run many transfers. A request that
 * finds the budget used up waits in line and starts when another transfer ends, so that a crowd is
 * served late rather than refused. */
#ifndef SPDYD_FILE_SLOTS_H
#define SPDYD_FILE_SLOTS_H

#include <stdbool.h>
#include <sys/queue.h>

struct event;
struct event_base;
struct stream;

struct file_slots {
    unsigned free;
    TAILQ_HEAD(waiting_list, stream) waiting;
    struct event *available;
};

/* What a stream has of the budget. */
enum file_slot { SLOT_NONE, SLOT_WAITING, SLOT_HELD };

bool file_slots_init(struct file_slots *slots, struct event_base *base, unsigned count);
void file_slots_clear(struct file_slots *slots);

/* Takes a slot for the stream, or puts it in line and returns false; its turn comes by a call of
 * static_file_respond(). */
bool file_slot_take(struct stream *stream);

/* Gives back the slot, or the place in line. Harmless for a stream that has neither. */
void file_slot_release(struct stream *stream);

#endif
