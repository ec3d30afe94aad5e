/* The protocols of remote commands, and what a client asks for with one. */
#ifndef KUBESTREAM_REMOTE_H
#define KUBESTREAM_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

/* Versions of the remote command protocol that can be served. Version 5 differs from 4 only outside
 * of SPDY; version 1 cannot tell the end of the input. */
enum remote_version {
    REMOTE_V2 = 2, /* the error stream carries text */
    REMOTE_V3,     /* and there is a stream for the size of the terminal */
    REMOTE_V4,     /* the error stream carries a Status object, with the exit code */
    REMOTE_V5
};

/* The name on the wire. */
const char *remote_version_name(enum remote_version version);

/* The version of that name; 0 if it cannot be served. */
int remote_version_of(const char *name);

struct remote_request {
    char **argv; /* what to run; NULL: attach to what is running */
    bool tty;
    bool in;
    bool out;
    bool err;
};

/* NULL, or why a request makes no sense. */
const char *remote_request_problem(const struct remote_request *request);

/* Makes room for the words of a command and a NULL behind them; false when memory is short. */
bool remote_request_alloc(struct remote_request *request, size_t words);
void remote_request_clear(struct remote_request *request);

#endif
