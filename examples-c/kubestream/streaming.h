/* The way from an HTTP request to a SPDY connection: is it allowed, does it make sense, which
 * protocol. */
#ifndef KUBESTREAM_STREAMING_H
#define KUBESTREAM_STREAMING_H

struct grant;
struct http;
struct request;

/* Grants the request, or refuses it. Takes over what the grant holds. */
void streaming_start(struct http *http, const struct request *request, struct grant *grant);

#endif
