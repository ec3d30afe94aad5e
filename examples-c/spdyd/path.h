/* From the path of a request to a name below the served folder. Text only; nothing is opened. */
#ifndef SPDYD_PATH_H
#define SPDYD_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_TEXT_SIZE 4096

struct path {
    char relative[PATH_TEXT_SIZE]; /* decoded, no leading slash, no "." or ".."; the root is "" */
    bool directory;                /* the request ended in a slash */
    const char *query;             /* "?..." within the request's path, or "" */
};

/* Returns 0, or the HTTP status of the refusal: 400 for what is no path at all, 403 for one that
 * climbs out of the folder, 414 for one that no file name can match. */
int path_parse(struct path *path, const char *target);

/* Writes "/relative/" percent-encoded, followed by the query: where a request for the folder
 * without its slash is sent. Made from the parsed path, so that "//elsewhere.example" cannot turn
 * it into an address on another host. Returns false if it does not fit. */
bool path_directory_location(const struct path *path, char *location, size_t size);

#endif
