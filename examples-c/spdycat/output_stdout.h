/* The standard output, shared by responses that arrive at the same time.
 *
 * Bodies come out whole and in the order in which their outputs were made. The first one is written
 * through; the others wait in unnamed temporary files, so memory does not grow with their size. */
#ifndef SPDYCAT_OUTPUT_STDOUT_H
#define SPDYCAT_OUTPUT_STDOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "output.h"

struct stdout_output;
TAILQ_HEAD(stdout_list, stdout_output);

struct stdout_queue {
  struct stdout_list waiting; /* the first one is being written through */
  size_t length;
  char *problem; /* once set, nothing more can be delivered to the standard output */
};

void stdout_queue_init(struct stdout_queue *queue);

/* After all outputs have been discarded. */
void stdout_queue_free(struct stdout_queue *queue);

struct output *output_stdout_new(struct stdout_queue *queue);

#endif
