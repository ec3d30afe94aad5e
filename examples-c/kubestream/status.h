/* The Status objects of Kubernetes, in which a server says how something went. */
#ifndef KUBESTREAM_STATUS_H
#define KUBESTREAM_STATUS_H

/* Why a request fails: the HTTP status and the reason that goes with it. */
struct refusal {
    int code;
    const char *reason;
};

extern const struct refusal BAD_REQUEST;
extern const struct refusal FORBIDDEN;
extern const struct refusal NOT_FOUND;
extern const struct refusal METHOD_NOT_ALLOWED;
extern const struct refusal TOO_MANY_REQUESTS;
extern const struct refusal INTERNAL_ERROR;

/* All three return JSON text to be freed, or NULL when memory is short. */

/* A request that was not granted. */
char *status_refusal(const struct refusal *refusal, const char *message);

/* How a command ended, for the error stream. */
char *status_exit(int code);

/* Why a command was never run, for the error stream. */
char *status_not_run(const char *message);

#endif
