/* The opening handshake of WebSocket, RFC 6455 section 4.2. */
#ifndef KUBESTREAM_WEBSOCKET_H
#define KUBESTREAM_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

struct request;

/* Writes the header lines that accept the request with this subprotocol. False if the client does
 * not offer it, or is no WebSocket client. */
bool websocket_accept(const struct request *request, const char *subprotocol, char *headers,
                      size_t size);

#endif
