/* Conditional requests (RFC 9110 section 13). */
#ifndef SPDYD_CONDITIONAL_H
#define SPDYD_CONDITIONAL_H

#include <stdbool.h>
#include <time.h>

#include "request.h"

/* What a file can be told from its other versions by. */
struct validator {
    const char *etag; /* strong, with its quotes */
    time_t modified;
};

enum precondition {
    PRECONDITION_HOLDS,
    PRECONDITION_NOT_MODIFIED, /* 304 */
    PRECONDITION_FAILED        /* 412 */
};

enum precondition precondition_check(const struct request *request,
                                     const struct validator *current);

/* Whether a Range may be answered in part: there is no If-Range, or it names this version. */
bool if_range_holds(const struct request *request, const struct validator *current);

#endif
