#define _GNU_SOURCE
#include "static_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conditional.h"
#include "connection.h"
#include "docroot.h"
#include "mime.h"
#include "path.h"
#include "range.h"
#include "respond.h"
#include "stream.h"
#include "worker.h"

static const char INDEX[] = "index.html";

/* A file that was found, and what its answer says about it. */
struct found {
    int fd;
    uint64_t size;
    const char *type;
    struct validator validator;
    char etag[64];
    char modified[HTTP_DATE_SIZE];
};

static void respond_open_failure(struct stream *stream, int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        respond_error(stream, 404, "there is no such file");
        break;
    case EACCES:
    case EPERM:
    case ENXIO: /* a socket, or a device without a driver */
        respond_error(stream, 403, "the file is not readable");
        break;
    case EXDEV:
    case ELOOP:
        respond_error(stream, 403, "the name leads out of the served folder");
        break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        respond_error(stream, 503, "out of file descriptors or memory");
        break;
    default:
        respond_error(stream, 500, "the file cannot be opened");
        break;
    }
}

static void redirect_to_directory(struct stream *stream, const struct path *path)
{
    struct response response;
    char location[2 * PATH_TEXT_SIZE];

    if (!path_directory_location(path, location, sizeof(location))) {
        respond_error(stream, 414, "the path is too long");
        return;
    }
    response_begin(&response, 301);
    response_add(&response, "location", location);
    response_add_length(&response, 0);
    response_send(&response, stream);
}

/* Opens what the path names and answers itself where that is no readable file. */
static int open_path(struct stream *stream, const struct path *path, struct stat *status)
{
    const int docroot = stream->connection->worker->server->docroot;
    char name[PATH_TEXT_SIZE + sizeof(INDEX) + 1];
    int fd;

    snprintf(name, sizeof(name), "%s%s%s", path->relative,
             path->directory && path->relative[0] != '\0' ? "/" : "",
             path->directory ? INDEX : "");
    fd = docroot_open_file(docroot, name);
    if (fd < 0) {
        int error = errno;

        if (error == ENOENT && path->directory && docroot_has_directory(docroot, path->relative))
            respond_error(stream, 403, "the folder has no index.html, and lists are not made");
        else
            respond_open_failure(stream, error);
        return -1;
    }
    if (fstat(fd, status) != 0) {
        respond_open_failure(stream, errno);
    } else if (S_ISREG(status->st_mode)) {
        return fd;
    } else if (S_ISDIR(status->st_mode) && !path->directory) {
        redirect_to_directory(stream, path);
    } else {
        respond_error(stream, 403, "not a regular file");
    }
    close(fd);
    return -1;
}

static void describe(struct found *found, const char *name, const struct stat *status)
{
    found->size = (uint64_t)status->st_size;
    found->type = mime_type(name);
    /* Size and time to the nanosecond: strong enough for parts of one version to be put together
     * again, without reading the file. */
    snprintf(found->etag, sizeof(found->etag), "\"%" PRIx64 "-%" PRIx64 ".%lx\"", found->size,
             (uint64_t)status->st_mtim.tv_sec, (unsigned long)status->st_mtim.tv_nsec);
    http_date_format(status->st_mtim.tv_sec, found->modified);
    found->validator = (struct validator){.etag = found->etag, .modified = status->st_mtim.tv_sec};
}

static void add_validators(struct response *response, const struct found *found)
{
    response_add(response, "etag", found->etag);
    response_add(response, "last-modified", found->modified);
    response_add(response, "accept-ranges", "bytes");
}

static void respond_without_content(struct stream *stream, struct found *found, int status)
{
    struct response response;

    response_begin(&response, status);
    add_validators(&response, found);
    response_send(&response, stream);
}

static void respond_unsatisfiable(struct stream *stream, const struct found *found)
{
    struct response response;
    char content_range[40];

    snprintf(content_range, sizeof(content_range), "bytes */%" PRIu64, found->size);
    response_begin(&response, 416);
    response_add(&response, "content-range", content_range);
    response_add_length(&response, 0);
    response_send(&response, stream);
}

/* Takes over found->fd. */
static void respond_content(struct stream *stream, struct found *found, const struct range *range)
{
    const uint64_t length = range->kind == RANGE_PART ? range->length : found->size;
    struct response response;
    char content_range[80];

    response_begin(&response, range->kind == RANGE_PART ? 206 : 200);
    if (range->kind == RANGE_PART) {
        snprintf(content_range, sizeof(content_range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                 range->first, range->first + range->length - 1, found->size);
        response_add(&response, "content-range", content_range);
    }
    response_add(&response, "content-type", found->type);
    response_add_length(&response, length);
    add_validators(&response, found);
    if (stream->request.method == METHOD_GET && length > 0) {
        body_set_file(&stream->body, found->fd, range->first, length);
        found->fd = -1;
    }
    response_send(&response, stream);
}

static void respond_found(struct stream *stream, struct found *found)
{
    const struct request *request = &stream->request;
    struct range range = {.kind = RANGE_WHOLE};

    switch (precondition_check(request, &found->validator)) {
    case PRECONDITION_NOT_MODIFIED:
        respond_without_content(stream, found, 304);
        return;
    case PRECONDITION_FAILED:
        respond_error(stream, 412, "the file is not the version asked for");
        return;
    case PRECONDITION_HOLDS:
        break;
    }
    /* Ranges are defined for GET alone. */
    if (request->method == METHOD_GET && if_range_holds(request, &found->validator))
        range = range_parse(request->field[FIELD_RANGE], found->size);
    if (range.kind == RANGE_UNSATISFIABLE)
        respond_unsatisfiable(stream, found);
    else
        respond_content(stream, found, &range);
}

void static_file_respond(struct stream *stream)
{
    struct path path;
    struct found found;
    struct stat status;
    int refusal = path_parse(&path, stream->request.field[FIELD_PATH]);

    if (refusal != 0) {
        respond_error(stream, refusal,
                      refusal == 403 ? "the path leads out of the served folder"
                                     : "the path is malformed or too long");
        return;
    }
    if (!file_slot_take(stream))
        return;
    found.fd = open_path(stream, &path, &status);
    if (found.fd >= 0) {
        describe(&found, path.directory ? INDEX : path.relative, &status);
        respond_found(stream, &found);
        if (found.fd >= 0)
            close(found.fd);
    }
    if (stream->body.fd < 0)
        file_slot_release(stream);
}
