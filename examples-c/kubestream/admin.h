/* How tokens are made. In a container runtime that is a gRPC call of the kubelet; here it is a POST
 * on a port of its own, which should be reachable from this machine only. */
#ifndef KUBESTREAM_ADMIN_H
#define KUBESTREAM_ADMIN_H

struct http;
struct request;

/* Answers a request: an http_handler. */
void admin_handle(struct http *http, const struct request *request);

#endif
