#define _GNU_SOURCE
#include "backend.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#define CONNECT_SECONDS 30

struct backend {
    struct event_base *base;
    struct event *ready; /* the socket's, or bare when there is no socket to wait for */
    backend_callback connected;
    void *arg;
    int fd;
    int error;
    int family; /* of the attempt under way */
    uint16_t port;
};

static void on_ready(evutil_socket_t fd, short what, void *arg);

static int start_connecting(struct backend *backend)
{
    const struct sockaddr_in v4 = {.sin_family = AF_INET,
                                   .sin_port = htons(backend->port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                                    .sin6_port = htons(backend->port),
                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool is_v4 = backend->family == AF_INET;
    const struct sockaddr *address =
        is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    int on = 1;

    backend->fd = socket(backend->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (backend->fd < 0)
        return errno;
    setsockopt(backend->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(backend->fd, address, is_v4 ? sizeof(v4) : sizeof(v6)) == 0 ||
        errno == EINPROGRESS)
        return 0;
    return errno;
}

static bool try_family(struct backend *backend, int family)
{
    const struct timeval patience = {.tv_sec = CONNECT_SECONDS};

    backend->family = family;
    backend->error = start_connecting(backend);
    if (backend->ready != NULL)
        event_free(backend->ready);
    backend->ready = event_new(backend->base, backend->error == 0 ? backend->fd : -1, EV_WRITE,
                               on_ready, backend);
    if (backend->ready == NULL)
        return false;
    if (backend->error == 0)
        event_add(backend->ready, &patience);
    else
        event_active(backend->ready, EV_WRITE, 0);
    return true;
}

static void close_socket(struct backend *backend)
{
    if (backend->fd >= 0)
        close(backend->fd);
    backend->fd = -1;
}

static int outcome(const struct backend *backend, short what)
{
    int error = backend->error;
    socklen_t length = sizeof(error);

    if (error == 0 && (what & EV_TIMEOUT))
        error = ETIMEDOUT;
    else if (error == 0 &&
             getsockopt(backend->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    return error;
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct backend *backend = arg;
    backend_callback connected = backend->connected;
    void *connected_arg = backend->arg;
    int error = outcome(backend, what);
    char problem[160] = "";
    int socket_fd;

    (void)fd;
    if (error != 0) {
        close_socket(backend);
        if (backend->family == AF_INET && try_family(backend, AF_INET6))
            return;
        snprintf(problem, sizeof(problem), "cannot connect to port %u: %s",
                 (unsigned)backend->port, strerror(error));
    }
    socket_fd = backend->fd;
    backend->fd = -1;
    backend_cancel(backend);
    connected(connected_arg, socket_fd, problem);
}

struct backend *backend_connect(struct event_base *base, uint16_t port, backend_callback connected,
                                void *arg)
{
    struct backend *backend = calloc(1, sizeof(*backend));

    if (backend == NULL)
        return NULL;
    backend->base = base;
    backend->port = port;
    backend->connected = connected;
    backend->arg = arg;
    backend->fd = -1;
    if (!try_family(backend, AF_INET)) {
        backend_cancel(backend);
        return NULL;
    }
    return backend;
}

void backend_cancel(struct backend *backend)
{
    if (backend == NULL)
        return;
    if (backend->ready != NULL)
        event_free(backend->ready);
    close_socket(backend);
    free(backend);
}
