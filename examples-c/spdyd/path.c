#include "path.h"

#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decodes percent escapes up to `end`. Everything is decoded before it is split into segments, so
 * that %2e and %2f are judged as the dots and slashes that the file system would take them for. */
static int decode(const char *target, const char *end, char *decoded)
{
    size_t length = 0;

    while (target < end) {
        char c = *target++;

        if (c == '%') {
            int high = end - target >= 2 ? hex_digit(target[0]) : -1;
            int low = high >= 0 ? hex_digit(target[1]) : -1;

            if (low < 0)
                return 400;
            c = (char)(high * 16 + low);
            if (c == '\0')
                return 400;
            target += 2;
        }
        if (length + 1 >= PATH_TEXT_SIZE)
            return 414;
        decoded[length++] = c;
    }
    decoded[length] = '\0';
    return 0;
}

/* Drops the last segment of `relative`; false if there is none. */
static bool drop_segment(char *relative, size_t *length)
{
    if (*length == 0)
        return false;
    while (*length > 0 && relative[*length - 1] != '/')
        (*length)--;
    if (*length > 0)
        (*length)--; /* the slash before it */
    relative[*length] = '\0';
    return true;
}

int path_parse(struct path *path, const char *target)
{
    char decoded[PATH_TEXT_SIZE];
    size_t length = 0;
    char *segment;
    char *next;
    int status;

    if (target[0] != '/')
        return 400;
    path->query = target + strcspn(target, "?");
    status = decode(target, path->query, decoded);
    if (status != 0)
        return status;

    path->relative[0] = '\0';
    path->directory = true;
    for (segment = decoded; segment != NULL; segment = next) {
        size_t size = strcspn(segment, "/");

        next = segment[size] == '/' ? segment + size + 1 : NULL;
        path->directory = true;
        if (size == 0 || (size == 1 && segment[0] == '.'))
            continue;
        if (size == 2 && segment[0] == '.' && segment[1] == '.') {
            if (!drop_segment(path->relative, &length))
                return 403;
            continue;
        }
        if (length > 0)
            path->relative[length++] = '/';
        memcpy(path->relative + length, segment, size);
        length += size;
        path->relative[length] = '\0';
        path->directory = false;
    }
    return 0;
}

bool path_directory_location(const struct path *path, char *location, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/";
    size_t length = 0;
    int added;

    if (size < 2)
        return false;
    location[length++] = '/';
    for (const char *at = path->relative; *at != '\0'; at++) {
        if (size - length < 4)
            return false;
        if (strchr(plain, *at) != NULL)
            location[length++] = *at;
        else
            length += (size_t)snprintf(location + length, 4, "%%%02X", (unsigned char)*at);
    }
    added = snprintf(location + length, size - length, "/%s", path->query);
    return added >= 0 && (size_t)added < size - length;
}
