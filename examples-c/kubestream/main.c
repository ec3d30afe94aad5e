/* kubestream: lets kubectl exec, attach, cp and port-forward into this machine, over SPDY/3.1.
 *
 * It is the streaming server of a container runtime, with as much of the API server around it as
 * kubectl asks for. The peer, moby/spdystream, uses SPDY in its own way: streams are no HTTP, and
 * there is no flow control but TCP's.
 *
 * The files, in the order in which they are best read:
 *
 *   main.c          start-up; exit_code.h has the exit codes
 *   options.c       the command line
 *   server.c        the event loop, from start to end; server.h is what everything shares
 *   acceptor.c      accepting connections
 *
 *   http.c          a connection while it speaks HTTP/1.1
 *   request.c       what was asked for
 *   api.c           which request gets which answer
 *   status.c        Status objects: refusals, exit codes
 *   token.c         the tokens of a container runtime's URLs, grant.c what they permit
 *   admin.c         where tokens are made
 *
 *   streaming.c     from HTTP to SPDY: checks, the choice of the protocol
 *   websocket.c     the handshake for SPDY in WebSocket
 *   tunnel.c        the messages of that
 *
 *   session.c       the spdylay session and its callbacks: start here for the use of the library
 *   connection.c    bytes between a bufferevent and the session: back-pressure and closing
 *   stream.c        one stream, with
 *   source.c        where its output comes from, and
 *   sink.c          where its input goes
 *   service.h       what streams are for:
 *
 *   command.c       exec and attach; remote.c has the versions of their protocol
 *   process.c       child processes: pipes, pseudo-terminals, the end of them
 *   terminal.c      window sizes
 *   workload.c      the process to attach to
 *
 *   forward.c       port forwarding
 *   backend.c       connecting to a local port
 *
 *   tls.c
 *   ../common       shared with spdyd: the listening socket, the TLS identity, messages, the
 *                   clock
 *
 * Build: make -C .. kubestream
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "../common/diagnostic.h"
#include "server.h"

/* Descriptors that connections may not use: the standard ones, the listeners, the event loop. */
#define RESERVED_DESCRIPTORS 32

/* A command takes four besides its connection; a forwarded port takes two. */
#define DESCRIPTORS_PER_CONNECTION 5

/* Takes all descriptors the system grants, and divides them. */
static unsigned plan_descriptors(void)
{
    const rlim_t enough = 1 << 20; /* "unlimited" would not fit the arithmetic below */
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < enough ? limit.rlim_max : enough;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < RESERVED_DESCRIPTORS + DESCRIPTORS_PER_CONNECTION)
        return 1;
    return (unsigned)((limit.rlim_cur - RESERVED_DESCRIPTORS) / DESCRIPTORS_PER_CONNECTION);
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strcmp(address, "localhost") == 0;
}

int main(int argc, char **argv)
{
    struct server server = {.tls = NULL};
    int status = options_parse(&server.options, argc, argv);

    if (status == OPTIONS_RUN) {
        if (!is_loopback(server.options.bind_address))
            diagnostic("WARNING: everybody who can reach %s may run commands as you",
                       server.options.bind_address);
        server.max_connections = plan_descriptors();
        signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of write() */
        status = server_run(&server);
    }
    options_clear(&server.options);
    return status;
}
