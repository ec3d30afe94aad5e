/* Port forwarding: any number of TCP connections to local ports, on one SPDY connection. */
#ifndef KUBESTREAM_FORWARD_H
#define KUBESTREAM_FORWARD_H

struct forward;
struct server;
struct service;

extern const struct service FORWARD_SERVICE;

/* The one protocol of port forwarding. */
#define FORWARD_PROTOCOL "portforward.k8s.io"

/* The service data for such a connection; NULL when memory is short. */
struct forward *forward_new(struct server *server);

#endif
