/* A listening socket in the event loop: who connects is handed to HTTP. */
#ifndef KUBESTREAM_ACCEPTOR_H
#define KUBESTREAM_ACCEPTOR_H

#include <stdint.h>

#include "../common/listener.h"
#include "http.h"

struct acceptor;
struct server;

/* NULL after a diagnostic. `where` receives the address. */
struct acceptor *acceptor_open(struct server *server, const char *address, uint16_t port,
                               http_handler handler, char where[ADDRESS_TEXT_SIZE]);
void acceptor_close(struct acceptor *acceptor);

#endif
