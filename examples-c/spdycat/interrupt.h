/* SIGINT and SIGTERM end the run in good order, so that no partial file is left. */
#ifndef SPDYCAT_INTERRUPT_H
#define SPDYCAT_INTERRUPT_H

#include <event2/event.h>

/* `done` is called from the event loop. */
void interrupt_start(struct event_base *base, void (*done)(void *arg), void *arg);
void interrupt_stop(void);

/* The signal that has arrived, or 0. For loops that block outside the event loop, and end with EINTR. */
int interrupt_signal(void);

#endif
