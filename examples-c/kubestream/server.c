#include "server.h"

#include <signal.h>
#include <stdio.h>

#include <event2/event.h>

#include "../common/diagnostic.h"
#include "acceptor.h"
#include "admin.h"
#include "api.h"
#include "connection.h"
#include "exit_code.h"
#include "http.h"
#include "process.h"
#include "tls.h"
#include "token.h"
#include "workload.h"

struct front {
    struct acceptor *api;
    struct acceptor *admin; /* NULL without --admin */
    struct event *term;
    struct event *interrupt;
};

void server_connection_gone(struct server *server)
{
    server->connection_count--;
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct server *server = arg;

    (void)number;
    (void)what;
    event_base_loopexit(server->base, NULL);
}

static struct event *on_signal_stop(struct server *server, int number)
{
    struct event *event = evsignal_new(server->base, number, on_signal, server);

    if (event != NULL)
        event_add(event, NULL);
    return event;
}

static int open_front(struct server *server, struct front *front)
{
    const struct options *options = &server->options;
    char admin_where[ADDRESS_TEXT_SIZE];

    front->term = on_signal_stop(server, SIGTERM);
    front->interrupt = on_signal_stop(server, SIGINT);
    server->tokens = tokens_new(options->token_lifetime);
    if (front->term == NULL || front->interrupt == NULL || server->tokens == NULL ||
        !process_watch(server->base))
        return EXIT_RUNTIME;
    if (options->key_file != NULL &&
        (server->tls = tls_new(options->key_file, options->cert_file)) == NULL)
        return EXIT_TLS;
    front->api =
        acceptor_open(server, options->bind_address, options->port, api_handle, server->where);
    if (front->api == NULL)
        return EXIT_LISTEN;
    if (options->admin) {
        front->admin = acceptor_open(server, "127.0.0.1", options->admin_port, admin_handle,
                                     admin_where);
        if (front->admin == NULL)
            return EXIT_LISTEN;
        printf("kubestream: tokens are made on %s\n", admin_where);
    }
    if (options->main_command != NULL &&
        (server->workload = workload_start(server->base, options->main_command,
                                           options->directory)) == NULL)
        return EXIT_RUNTIME;
    return EXIT_CLEAN;
}

static void close_all(struct server *server, struct front *front)
{
    struct connection *connection;
    struct http *http;

    while ((connection = TAILQ_FIRST(&server->connections)) != NULL)
        connection_free(connection);
    while ((http = TAILQ_FIRST(&server->https)) != NULL)
        http_free(http);
    workload_free(server->workload);
    process_stop_all();
    acceptor_close(front->api);
    acceptor_close(front->admin);
    tokens_free(server->tokens);
    SSL_CTX_free(server->tls);
    if (front->term != NULL)
        event_free(front->term);
    if (front->interrupt != NULL)
        event_free(front->interrupt);
}

/* Clients are told that the end is ours, and not a lost connection. */
static void say_goodbye(struct server *server)
{
    struct connection *connection;

    TAILQ_FOREACH(connection, &server->connections, link)
    connection_close(connection);
    event_base_loop(server->base, EVLOOP_NONBLOCK);
}

int server_run(struct server *server)
{
    struct front front = {.api = NULL};
    int status;

    TAILQ_INIT(&server->https);
    TAILQ_INIT(&server->connections);
    server->base = event_base_new();
    if (server->base == NULL) {
        diagnostic("no event loop");
        return EXIT_RUNTIME;
    }
    status = open_front(server, &front);
    if (status == EXIT_CLEAN) {
        printf("kubestream: listening on %s\n", server->where);
        fflush(stdout);
        event_base_dispatch(server->base);
        say_goodbye(server);
    }
    close_all(server, &front);
    event_base_free(server->base);
    return status;
}
