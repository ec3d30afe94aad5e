/* Child processes: started with pipes or on a pseudo-terminal, and never forgotten. */
#ifndef KUBESTREAM_PROCESS_H
#define KUBESTREAM_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct event_base;
struct process;

struct process_plan {
    char *const *argv;
    const char *directory; /* to start in */
    bool terminal;         /* a pseudo-terminal is standard input, output and error */
    bool in;               /* which of the three are wanted; the others are /dev/null */
    bool out;
    bool err;
};

/* Our ends, which do not block; -1 where there is none. With a terminal, `in` and `out` are two
 * descriptors for the same. */
struct process_ends {
    int in;
    int out;
    int err;
};

/* The status is an exit code, or 128 plus the number of the signal that ended the process, as
 * shells have it. */
typedef void (*process_ended_callback)(void *arg, int status);

/* Has to be called once, before the first process. False after a diagnostic. */
bool process_watch(struct event_base *base);

/* Starts a program. NULL if that fails, with errno set. */
struct process *process_start(const struct process_plan *plan, struct process_ends *ends,
                              process_ended_callback ended, void *arg);

/* Ends a process that nobody is interested in any more, politely at first. Its callback is not
 * called, and the pointer is not valid afterwards. */
void process_abandon(struct process *process);

/* Kills what still runs. For the end of the server. */
void process_stop_all(void);

#endif
