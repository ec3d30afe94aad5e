/* The main process of the pod, which clients attach to. It runs from the start of the server,
 * attached or not. */
#ifndef KUBESTREAM_WORKLOAD_H
#define KUBESTREAM_WORKLOAD_H

#include <stdbool.h>
#include <sys/queue.h>

#include "process.h"

struct event_base;
struct stream;
struct workload;

/* One client's share of it: a copy of the output, and a hand on the input. */
struct attachment {
    TAILQ_ENTRY(attachment) link;
    struct workload *workload; /* while attached, else NULL */
    struct stream *out;        /* or NULL */
    struct stream *err;        /* or NULL */
    process_ended_callback ended;
    void *arg;
};

/* Runs a command line with the shell. NULL after a diagnostic. */
struct workload *workload_start(struct event_base *base, const char *command_line,
                                const char *directory);
void workload_free(struct workload *workload);

bool workload_is_running(const struct workload *workload);

/* The result is a descriptor for the input, to be closed by the caller; -1 if there is none. */
int workload_attach(struct workload *workload, struct attachment *attachment);
void workload_detach(struct attachment *attachment);

/* A client has caught up, or gone: reads on if it was waited for. */
void workload_resume(struct workload *workload);

#endif
