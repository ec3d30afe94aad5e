#include "range.h"

#include <stdbool.h>
#include <stddef.h>
#include <strings.h>

/* Reads digits; numbers beyond 64 bits stay at the largest, which lies beyond any file as well.
 * Where there are none, `value` keeps what it has. */
static bool read_number(const char **text, uint64_t *value)
{
    const char *at = *text;
    uint64_t number = 0;

    while (*at >= '0' && *at <= '9') {
        uint64_t digit = (uint64_t)(*at++ - '0');

        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    if (at == *text)
        return false;
    *text = at;
    *value = number;
    return true;
}

struct range range_parse(const char *header, uint64_t size)
{
    static const char unit[] = "bytes=";
    const struct range whole = {.kind = RANGE_WHOLE};
    const struct range unsatisfiable = {.kind = RANGE_UNSATISFIABLE};
    uint64_t first = 0;
    uint64_t last = UINT64_MAX; /* "500-": up to the end */
    bool has_first;

    if (header == NULL || strncasecmp(header, unit, sizeof(unit) - 1) != 0)
        return whole;
    header += sizeof(unit) - 1;
    has_first = read_number(&header, &first);
    if (*header++ != '-')
        return whole;
    if (!read_number(&header, &last) && !has_first)
        return whole;
    if (*header != '\0')
        return whole;

    if (!has_first) { /* "-500": the last 500 bytes */
        uint64_t length = last < size ? last : size;

        if (length == 0)
            return unsatisfiable;
        return (struct range){.kind = RANGE_PART, .first = size - length, .length = length};
    }
    if (last < first)
        return whole;
    if (first >= size)
        return unsatisfiable;
    if (last >= size)
        last = size - 1;
    return (struct range){.kind = RANGE_PART, .first = first, .length = last - first + 1};
}
