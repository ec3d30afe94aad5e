/* A request as the rest of the server sees it: the header fields it uses, copied out of the frame,
 * whose memory ends with the callback that shows it. */
#ifndef SPDYD_REQUEST_H
#define SPDYD_REQUEST_H

#include <stdint.h>

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OTHER };

#define LENGTH_UNKNOWN UINT64_MAX

enum field {
    FIELD_METHOD,
    FIELD_PATH,
    FIELD_SCHEME,
    FIELD_HOST,
    FIELD_VERSION,
    FIELD_CONTENT_LENGTH,
    FIELD_RANGE,
    FIELD_IF_RANGE,
    FIELD_IF_MATCH,
    FIELD_IF_NONE_MATCH,
    FIELD_IF_MODIFIED_SINCE,
    FIELD_IF_UNMODIFIED_SINCE,
    FIELD_REFERER,
    FIELD_USER_AGENT,
    FIELD_COUNT
};

struct request {
    enum method method;
    uint64_t content_length; /* or LENGTH_UNKNOWN */
    char *field[FIELD_COUNT]; /* NULL where the request has no such field */
};

/* Copies the fields of `nv` (name, value, …, NULL) and judges them. Returns 0, or the HTTP status
 * that refuses the request; what could be read stays in `request` for the log. */
int request_parse(struct request *request, char **nv);

void request_clear(struct request *request);

#endif
