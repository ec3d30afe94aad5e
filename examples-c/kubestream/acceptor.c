#define _GNU_SOURCE
#include "acceptor.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "../common/diagnostic.h"
#include "server.h"

/* How long we do not accept when there are no descriptors left. */
#define PAUSE_MS 100

struct acceptor {
    struct server *server;
    http_handler handler;
    struct event *acceptable;
    struct event *pause_over;
    int fd;
};

static struct bufferevent *new_bufferevent(const struct server *server, int fd)
{
    SSL *ssl;

    if (server->tls == NULL)
        return bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    ssl = SSL_new(server->tls);
    if (ssl == NULL)
        return NULL;
    /* Owns the SSL from here on, also when it fails. */
    return bufferevent_openssl_socket_new(server->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                          BEV_OPT_CLOSE_ON_FREE);
}

static void take(struct acceptor *acceptor, int fd)
{
    struct server *server = acceptor->server;
    struct bufferevent *bev = NULL;
    int on = 1;

    if (server->connection_count < server->max_connections)
        bev = new_bufferevent(server, fd);
    if (bev == NULL) {
        diagnostic("turned a connection away: there are too many");
        close(fd);
        return;
    }
    /* Frames are written whole and at the right moment; waiting for more only adds delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    server->connection_count++;
    http_open(server, bev, acceptor->handler);
}

static void on_acceptable(evutil_socket_t listener, short what, void *arg)
{
    const struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
    struct acceptor *acceptor = arg;
    int fd;

    (void)what;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        take(acceptor, fd);
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        event_del(acceptor->acceptable);
        event_add(acceptor->pause_over, &pause);
    }
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    const struct acceptor *acceptor = arg;

    (void)fd;
    (void)what;
    event_add(acceptor->acceptable, NULL);
}

struct acceptor *acceptor_open(struct server *server, const char *address, uint16_t port,
                               http_handler handler, char where[ADDRESS_TEXT_SIZE])
{
    struct acceptor *acceptor = calloc(1, sizeof(*acceptor));

    if (acceptor == NULL)
        return NULL;
    acceptor->server = server;
    acceptor->handler = handler;
    acceptor->fd = listener_open(address, port, where);
    acceptor->acceptable = event_new(server->base, acceptor->fd, EV_READ | EV_PERSIST,
                                     on_acceptable, acceptor);
    acceptor->pause_over = evtimer_new(server->base, on_pause_over, acceptor);
    if (acceptor->fd < 0 || acceptor->acceptable == NULL || acceptor->pause_over == NULL ||
        event_add(acceptor->acceptable, NULL) != 0) {
        acceptor_close(acceptor);
        return NULL;
    }
    return acceptor;
}

void acceptor_close(struct acceptor *acceptor)
{
    if (acceptor == NULL)
        return;
    if (acceptor->acceptable != NULL)
        event_free(acceptor->acceptable);
    if (acceptor->pause_over != NULL)
        event_free(acceptor->pause_over);
    if (acceptor->fd >= 0)
        close(acceptor->fd);
    free(acceptor);
}
