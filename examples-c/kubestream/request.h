/* An HTTP request: what the peer asked for. */
#ifndef KUBESTREAM_REQUEST_H
#define KUBESTREAM_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include <event2/keyvalq_struct.h>

struct evbuffer;

struct request {
    int method;              /* an enum http_method */
    char *path;              /* as sent, without the query */
    struct evkeyvalq query;  /* decoded */
    struct evkeyvalq headers;
    struct evbuffer *body;
    bool upgrade; /* asks for another protocol on the connection */
};

/* False when memory is short. */
bool request_init(struct request *request);
void request_clear(struct request *request);

/* Divides and decodes the target of the request line. False if it makes no sense. */
bool request_set_target(struct request *request, char *target);

/* A parameter of the query, or a header; NULL if it is missing. */
const char *request_parameter(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);

/* Whether a parameter of the query is there and true. */
bool request_flag(const struct request *request, const char *name);

/* Whether a header is there and contains a word, in upper or lower case. */
bool request_header_has(const struct request *request, const char *name, const char *word);

#endif
