#define _GNU_SOURCE
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diagnostic.h"

void address_text(const struct sockaddr_storage *address, char text[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

        /* A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d; log readers expect a.b.c.d. */
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host, sizeof(host));
            snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, (unsigned)ntohs(v6->sin6_port));
        } else {
            inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
            snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", host, (unsigned)ntohs(v6->sin6_port));
        }
    } else {
        snprintf(text, ADDRESS_TEXT_SIZE, "?");
    }
}

/* A server with several threads shares one socket among them. With SO_REUSEPORT each could have its
 * own, but that option would let a second server take a share of our connections in silence,
 * instead of being told that the port is taken. */
static int try_listen(const struct sockaddr *address, socklen_t length, int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    int off = 0;
    int error;

    if (fd < 0)
        return -1;
    /* Lets a restarted server have its port although old connections are still in TIME_WAIT. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, address, length) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int listen_everywhere(uint16_t port)
{
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT};
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_ANY)}};
    int fd = try_listen((const struct sockaddr *)&v6, sizeof(v6), AF_INET6);

    if (fd >= 0 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
        return fd;
    return try_listen((const struct sockaddr *)&v4, sizeof(v4), AF_INET);
}

static int listen_on(const char *host, const char *service)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                             .ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    struct addrinfo *one;
    int fd = -1;
    int failure = getaddrinfo(host, service, &hints, &found);

    if (failure != 0) {
        diagnostic("cannot listen on %s:%s: %s", host, service,
                   failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
        return -1;
    }
    for (one = found; one != NULL && fd < 0; one = one->ai_next)
        fd = try_listen(one->ai_addr, one->ai_addrlen, one->ai_family);
    if (fd < 0)
        diagnostic("cannot listen on %s:%s: %s", host, service, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

int listener_open(const char *address, uint16_t port, char where[ADDRESS_TEXT_SIZE])
{
    struct sockaddr_storage bound = {0};
    socklen_t length = sizeof(bound);
    int fd;

    if (address == NULL) {
        fd = listen_everywhere(port);
        if (fd < 0)
            diagnostic("cannot listen on port %u: %s", (unsigned)port, strerror(errno));
    } else {
        char service[6];

        snprintf(service, sizeof(service), "%u", (unsigned)port);
        fd = listen_on(address, service);
    }
    if (fd < 0)
        return -1;
    getsockname(fd, (struct sockaddr *)&bound, &length);
    address_text(&bound, where);
    return fd;
}
