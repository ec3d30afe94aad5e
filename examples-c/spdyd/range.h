/* Byte ranges (RFC 9110 section 14). */
#ifndef SPDYD_RANGE_H
#define SPDYD_RANGE_H

#include <stdint.h>

enum range_kind {
    RANGE_WHOLE,        /* no usable range: send everything */
    RANGE_PART,         /* 206 */
    RANGE_UNSATISFIABLE /* 416 */
};

struct range {
    enum range_kind kind;
    uint64_t first; /* set for RANGE_PART */
    uint64_t length;
};

/* Reads a Range header (NULL: there is none) for content of `size` bytes. A header that is
 * malformed, uses another unit or asks for several parts is ignored, as the standard allows. */
struct range range_parse(const char *header, uint64_t size);

#endif
