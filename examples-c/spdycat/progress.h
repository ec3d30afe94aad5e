/* The progress bar: one line on a terminal's stderr for downloads and uploads that take longer
 * than a second. There is one terminal, so there is one bar. */
#ifndef SPDYCAT_PROGRESS_H
#define SPDYCAT_PROGRESS_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

/* What the bar shows. The owner keeps it up to date; the bar only looks at it. */
struct progress_totals {
  size_t requests;    /* known so far */
  size_t finished;
  uint64_t received;  /* body bytes, as sent over the wire */
  uint64_t expected;  /* sum of the content-lengths seen so far */
  size_t unsized;     /* responses under way without a content-length */
  uint64_t uploaded;
  uint64_t to_upload; /* 0: unknown, or no upload */
};

/* Does nothing unless stderr is a terminal. */
void progress_start(struct event_base *base, const struct progress_totals *totals);
void progress_stop(void);

/* Takes the bar off the line, so that a message can be written; the next tick draws it again. */
void progress_erase(void);

#endif
