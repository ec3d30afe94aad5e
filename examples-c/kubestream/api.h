/* The part of the API server that kubectl needs before it streams, and the URLs of a container
 * runtime's streaming server. */
#ifndef KUBESTREAM_API_H
#define KUBESTREAM_API_H

struct http;
struct request;

/* Answers a request: an http_handler. */
void api_handle(struct http *http, const struct request *request);

#endif
