/* A connection while it speaks HTTP/1.1: requests in, answers out, until one of them changes the
 * protocol. */
#ifndef KUBESTREAM_HTTP_H
#define KUBESTREAM_HTTP_H

struct bufferevent;
struct http;
struct refusal;
struct request;
struct server;

/* Answers a request with exactly one of the functions below. */
typedef void (*http_handler)(struct http *http, const struct request *request);

/* Takes over the bufferevent. */
void http_open(struct server *server, struct bufferevent *bev, http_handler handler);

/* For the end of the server. */
void http_free(struct http *http);

struct server *http_server(const struct http *http);

/* Answers with a body of JSON. `headers` are further header lines, each with its line end. */
void http_answer(struct http *http, int code, const char *headers, const char *json);

/* Answers with a Status object. */
void http_refuse(struct http *http, const struct refusal *refusal, const char *message);
void http_refuse_with(struct http *http, const struct refusal *refusal, const char *headers,
                      const char *message);

/* Answers 101 with these header lines, and gives the connection away: what comes behind the request
 * is still in the bufferevent. */
struct bufferevent *http_switch_protocols(struct http *http, const char *headers);

#endif
