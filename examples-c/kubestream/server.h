/* What all connections share: one thread, one event loop. */
#ifndef KUBESTREAM_SERVER_H
#define KUBESTREAM_SERVER_H

#include <stdbool.h>
#include <sys/queue.h>

#include <openssl/ssl.h>

#include "../common/listener.h"
#include "options.h"

struct connection;
struct event_base;
struct http;
struct tokens;
struct workload;

struct server {
    struct options options;
    struct event_base *base;
    SSL_CTX *tls; /* NULL: plain TCP */
    struct tokens *tokens;
    struct workload *workload; /* NULL without --main */
    TAILQ_HEAD(http_list, http) https;
    TAILQ_HEAD(connection_list, connection) connections;
    unsigned connection_count; /* of both kinds */
    unsigned max_connections;
    char where[ADDRESS_TEXT_SIZE]; /* we listen */
};

/* Runs until SIGTERM or SIGINT. The result is the exit code. */
int server_run(struct server *server);

/* To be told when a connection has been freed: there is room for another one. */
void server_connection_gone(struct server *server);

#endif
