/* The response side of a request: status, headers, and the body's way through decoding to its
 * output. Failures end the request; see request_fail(). */
#ifndef SPDYCAT_RESPONSE_H
#define SPDYCAT_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include "request.h"

/* SYN_REPLY or a HEADERS frame. */
void response_on_headers(struct request *request, char *const *nv);
void response_on_data(struct request *request, const uint8_t *data, size_t len);

/* The response has ended. Returns what is missing in it, NULL if nothing is. */
const char *response_finish(struct request *request);

void response_free(struct response *response);

#endif
