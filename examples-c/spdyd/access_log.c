#define _GNU_SOURCE
#include "access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/clock.h"
#include "connection.h"
#include "../common/diagnostic.h"
#include "stream.h"
#include "worker.h"

struct access_log {
    int fd;
    char *path; /* absolute, since --daemon changes the folder; NULL for standard output */
};

/* A line under construction; what does not fit is cut. */
struct line {
    char text[8192];
    size_t length;
};

static int open_for_appending(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static bool open_log(struct access_log *log, const char *file)
{
    if (strcmp(file, "-") == 0) {
        /* A copy, for --daemon points standard output elsewhere. */
        log->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
        return log->fd >= 0;
    }
    log->fd = open_for_appending(file);
    if (log->fd < 0)
        return false;
    log->path = realpath(file, NULL);
    return log->path != NULL;
}

struct access_log *access_log_open(const char *file)
{
    struct access_log *log = calloc(1, sizeof(*log));

    if (log == NULL) {
        diagnostic("no memory for the access log");
        return NULL;
    }
    if (!open_log(log, file)) {
        diagnostic("cannot write the access log %s: %s", file, strerror(errno));
        access_log_close(log);
        return NULL;
    }
    return log;
}

void access_log_close(struct access_log *log)
{
    if (log == NULL)
        return;
    if (log->fd >= 0)
        close(log->fd);
    free(log->path);
    free(log);
}

bool access_log_reopen(struct access_log *log)
{
    int fd;

    if (log == NULL || log->path == NULL)
        return false;
    fd = open_for_appending(log->path);
    if (fd < 0) {
        diagnostic("cannot reopen the access log %s: %s", log->path, strerror(errno));
        return true;
    }
    /* The workers go on writing to the same number, so it has to change its file in one step. */
    dup3(fd, log->fd, O_CLOEXEC);
    close(fd);
    return true;
}

static void add_char(struct line *line, char c)
{
    if (line->length < sizeof(line->text))
        line->text[line->length++] = c;
}

static void add_text(struct line *line, const char *text)
{
    while (*text != '\0')
        add_char(line, *text++);
}

/* Text of the peer's: nothing in it may look like the end of a field or a line, nor reach the
 * terminal of whoever reads the log as a control sequence. */
static void add_foreign(struct line *line, const char *text)
{
    static const char hex[] = "0123456789abcdef";

    if (text == NULL || *text == '\0') {
        add_char(line, '-');
        return;
    }
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            add_char(line, *text);
        } else {
            add_text(line, "\\x");
            add_char(line, hex[c >> 4]);
            add_char(line, hex[c & 15]);
        }
    }
}

static void add_quoted(struct line *line, const char *text)
{
    add_char(line, '"');
    add_foreign(line, text);
    add_char(line, '"');
}

static void add_time(struct line *line)
{
    char text[40] = "";
    time_t now = time(NULL);
    struct tm local;

    if (localtime_r(&now, &local) != NULL)
        strftime(text, sizeof(text), " [%d/%b/%Y:%H:%M:%S %z] ", &local);
    add_text(line, text);
}

static void add_outcome(struct line *line, const struct stream *stream)
{
    uint64_t elapsed_us = clock_us() - stream->started_us;
    char text[80];

    snprintf(text, sizeof(text), " %d %" PRIu64 " ", stream->status != 0 ? stream->status : 499,
             stream->sent);
    add_text(line, text);
    add_quoted(line, stream->request.field[FIELD_REFERER]);
    add_char(line, ' ');
    add_quoted(line, stream->request.field[FIELD_USER_AGENT]);
    snprintf(text, sizeof(text), " %" PRIu64 ".%03u", elapsed_us / 1000,
             (unsigned)(elapsed_us % 1000));
    add_text(line, text);
}

void access_log_write(const struct stream *stream)
{
    const struct connection *connection = stream->connection;
    const struct access_log *log = connection->worker->server->access_log;
    struct line line = {.length = 0};

    if (log == NULL)
        return;
    add_text(&line, connection->peer);
    add_text(&line, " - ");
    if (connection->client_subject != NULL)
        add_quoted(&line, connection->client_subject);
    else
        add_char(&line, '-');
    add_time(&line);
    add_char(&line, '"');
    add_foreign(&line, stream->request.field[FIELD_METHOD]);
    add_char(&line, ' ');
    add_foreign(&line, stream->request.field[FIELD_PATH]);
    add_char(&line, ' ');
    add_text(&line, version_name(connection->version));
    add_char(&line, '"');
    add_outcome(&line, stream);
    if (line.length == sizeof(line.text))
        line.length--;
    line.text[line.length++] = '\n';
    /* One write to a file opened for appending: lines of several workers never mix. A full disk
     * must not stop the service. */
    if (write(log->fd, line.text, line.length) < 0)
        return;
}
