/* -s: a table of the requests with their times, and a summary, on stderr. */
#ifndef SPDYCAT_STATS_H
#define SPDYCAT_STATS_H

#include "connection.h"
#include "request.h"

struct stats;

struct stats *stats_new(void);
void stats_free(struct stats *stats);

/* A finished request. `stats` may be NULL. */
void stats_add_request(struct stats *stats, const struct request *request);

/* A connection that has been opened. `stats` may be NULL. */
void stats_add_connection(struct stats *stats, const struct connection *connection);

void stats_print(struct stats *stats);

#endif
