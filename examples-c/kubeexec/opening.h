/* The way to an open connection: name look-up, TCP, TLS, and the upgrade from HTTP to SPDY. */
#ifndef KUBEEXEC_OPENING_H
#define KUBEEXEC_OPENING_H

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

struct client;
struct opening;

/* The callback owns `bev`, and `ssl` with it. */
typedef void (*opening_done)(void *arg, struct bufferevent *bev, SSL *ssl, const char *protocol);

/* A failure is reported, and ends the run. */
struct opening *opening_start(struct client *client, const char *const *protocols,
                              opening_done done, void *arg);

/* NULL is fine. */
void opening_free(struct opening *opening);

#endif
