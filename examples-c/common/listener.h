/* The listening socket and the printable form of addresses. */
#ifndef COMMON_LISTENER_H
#define COMMON_LISTENER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Holds "[IPv6 address]:port". */
#define ADDRESS_TEXT_SIZE 64

/* Listens on `address` (NULL: all of the machine's) and `port` (0: a free one). Returns the socket
 * and writes where it really listens to `where`; -1 after a diagnostic. */
int listener_open(const char *address, uint16_t port, char where[ADDRESS_TEXT_SIZE]);

void address_text(const struct sockaddr_storage *address, char text[ADDRESS_TEXT_SIZE]);

#endif
