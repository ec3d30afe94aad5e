#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../common/diagnostic.h"
#include "connection.h"
#include "process.h"
#include "server.h"
#include "service.h"
#include "sink.h"
#include "status.h"
#include "stream.h"
#include "terminal.h"
#include "workload.h"

/* How long the client may take to close the connection at the end. */
#define CLOSING_SECONDS 5

enum kind { ERROR, STDIN, STDOUT, STDERR, RESIZE, KINDS };

static const char *const STREAM_TYPES[KINDS] = {"error", "stdin", "stdout", "stderr", "resize"};

enum state {
    OPENING, /* not all streams are there */
    RUNNING,
    DRAINING, /* the command has ended, its last output is on the way */
    REPORTED  /* its status as well */
};

struct command {
    struct server *server;
    struct connection *connection;
    struct remote_request request;
    struct stream *streams[KINDS]; /* NULL where there is none, not yet or no longer */
    bool wanted[KINDS];
    bool sending[KINDS]; /* output that has not been read to its end */
    struct process *process;
    struct attachment attachment;
    struct terminal *terminal;
    struct event *timer;
    enum remote_version version;
    enum state state;
    int exit_code;
};

struct command *command_new(struct server *server, struct remote_request *request,
                            enum remote_version version)
{
    struct command *command = calloc(1, sizeof(*command));

    if (command == NULL)
        return NULL;
    command->terminal = terminal_new();
    if (command->terminal == NULL) {
        free(command);
        return NULL;
    }
    command->server = server;
    command->version = version;
    command->request = *request;
    *request = (struct remote_request){.argv = NULL};
    command->wanted[ERROR] = true;
    command->wanted[STDIN] = command->request.in;
    command->wanted[STDOUT] = command->request.out;
    command->wanted[STDERR] = command->request.err;
    command->wanted[RESIZE] = command->request.tty && version >= REMOTE_V3;
    return command;
}

static void start_timer(struct command *command, unsigned seconds)
{
    const struct timeval after = {.tv_sec = (time_t)seconds};

    event_add(command->timer, &after);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct command *command = arg;

    (void)fd;
    (void)what;
    if (command->state == OPENING)
        diagnostic("the client has not opened all streams of its command");
    connection_close(command->connection);
}

static void on_started(void *data, struct connection *connection)
{
    struct command *command = data;

    command->connection = connection;
    command->timer = evtimer_new(command->server->base, on_timer, command);
    if (command->timer == NULL)
        connection_abort(connection);
    else
        start_timer(command, command->server->options.opening_timeout);
}

/* The last word, on the error stream; the end of the others tells the client not to wait. */
static void report(struct command *command, const char *text)
{
    command->state = REPORTED;
    if (command->streams[ERROR] != NULL) {
        if (text != NULL)
            stream_send_text(command->streams[ERROR], text);
        else
            stream_reset(command->streams[ERROR]);
    }
    for (int kind = STDIN; kind < KINDS; kind++) {
        struct stream *stream = command->streams[kind];

        if (stream == NULL)
            continue;
        if (stream->sink != NULL)
            sink_discard(stream->sink);
        stream_finish(stream);
    }
    start_timer(command, CLOSING_SECONDS);
}

static void report_exit(struct command *command)
{
    if (command->version >= REMOTE_V4) {
        char *text = status_exit(command->exit_code);

        report(command, text);
        free(text);
    } else if (command->exit_code == 0) {
        report(command, "");
    } else {
        char text[64];

        snprintf(text, sizeof(text), "command terminated with exit code %d", command->exit_code);
        report(command, text);
    }
}

static void report_not_run(struct command *command, const char *program, int why)
{
    char message[512];

    snprintf(message, sizeof(message), "cannot run \"%.200s\": %s", program, strerror(why));
    if (command->version >= REMOTE_V4) {
        char *text = status_not_run(message);

        report(command, text);
        free(text);
    } else {
        report(command, message);
    }
}

/* Everything that the command has written goes first: kubectl takes the status for the end. */
static void report_when_drained(struct command *command)
{
    if (command->state == DRAINING && !command->sending[STDOUT] && !command->sending[STDERR])
        report_exit(command);
}

static void on_ended(void *arg, int exit_code)
{
    struct command *command = arg;

    command->process = NULL;
    command->exit_code = exit_code;
    command->state = DRAINING;
    if (command->streams[STDIN] != NULL)
        sink_discard(command->streams[STDIN]->sink);
    /* What is in the pipes now is all that the command itself has written. A child that it left
     * behind may keep them open for ever, so their end is not waited for. */
    for (int kind = STDOUT; kind <= STDERR; kind++) {
        if (command->sending[kind])
            stream_finish(command->streams[kind]);
    }
    report_when_drained(command);
}

static void on_stdin_broken(void *arg)
{
    struct command *command = arg;

    if (command->streams[STDIN] != NULL)
        stream_finish(command->streams[STDIN]);
}

static void connect_stdin(struct command *command, int fd, enum sink_end end)
{
    struct stream *stream = command->streams[STDIN];

    if (stream != NULL)
        sink_connect(stream->sink, fd, end, on_stdin_broken, command);
    else if (fd >= 0)
        close(fd);
}

static void connect_output(struct command *command, enum kind kind, int fd)
{
    if (command->streams[kind] != NULL && fd >= 0) {
        command->sending[kind] = true;
        stream_send_from(command->streams[kind], fd);
    } else if (fd >= 0) {
        close(fd);
    }
}

static void run(struct command *command)
{
    const struct remote_request *request = &command->request;
    const struct process_plan plan = {.argv = request->argv,
                                      .directory = command->server->options.directory,
                                      .terminal = request->tty,
                                      .in = request->in,
                                      .out = request->out,
                                      .err = request->err};
    struct process_ends ends;

    command->process = process_start(&plan, &ends, on_ended, command);
    if (command->process == NULL) {
        report_not_run(command, request->argv[0], errno);
        return;
    }
    if (request->tty)
        terminal_connect(command->terminal, fcntl(ends.out, F_DUPFD_CLOEXEC, 0));
    connect_stdin(command, ends.in, request->tty ? SINK_CONTROL_D : SINK_CLOSE);
    connect_output(command, STDOUT, ends.out);
    connect_output(command, STDERR, ends.err);
}

static void attach(struct command *command)
{
    struct attachment *attachment = &command->attachment;

    for (int kind = STDOUT; kind <= STDERR; kind++) {
        if (command->streams[kind] == NULL)
            continue;
        command->sending[kind] = true;
        stream_send_queue(command->streams[kind]);
    }
    attachment->out = command->streams[STDOUT];
    attachment->err = command->streams[STDERR];
    attachment->ended = on_ended;
    attachment->arg = command;
    connect_stdin(command, workload_attach(command->server->workload, attachment), SINK_CLOSE);
}

static void start_when_complete(struct command *command)
{
    for (int kind = 0; kind < KINDS; kind++) {
        if (command->wanted[kind])
            return;
    }
    event_del(command->timer);
    command->state = RUNNING;
    if (command->request.argv != NULL)
        run(command);
    else
        attach(command);
}

static enum kind kind_of(char **headers)
{
    const char *type = stream_header(headers, "streamtype");
    int kind = 0;

    while (kind < KINDS && strcasecmp(type, STREAM_TYPES[kind]) != 0)
        kind++;
    return (enum kind)kind;
}

static bool on_opened(void *data, struct stream *stream, char **headers)
{
    struct command *command = data;
    enum kind kind = kind_of(headers);

    if (kind == KINDS || !command->wanted[kind])
        return false;
    if (kind == STDIN && (stream->sink = sink_new(command->connection)) == NULL)
        return false;
    command->wanted[kind] = false;
    command->streams[kind] = stream;
    start_when_complete(command);
    return true;
}

static void on_received(void *data, struct stream *stream, const uint8_t *bytes, size_t length)
{
    struct command *command = data;

    if (stream == command->streams[RESIZE])
        terminal_resize(command->terminal, bytes, length);
}

static void on_peer_finished(void *data, struct stream *stream)
{
    (void)data;
    (void)stream;
}

static void output_over(struct command *command, const struct stream *stream)
{
    for (int kind = STDOUT; kind <= STDERR; kind++) {
        if (stream == command->streams[kind])
            command->sending[kind] = false;
    }
    report_when_drained(command);
}

static void on_sent(void *data, struct stream *stream)
{
    output_over(data, stream);
}

static void on_drained(void *data, struct stream *stream)
{
    struct command *command = data;

    (void)stream;
    if (command->attachment.workload != NULL)
        workload_resume(command->attachment.workload);
}

static void on_closed(void *data, struct stream *stream)
{
    struct command *command = data;

    output_over(command, stream);
    if (command->attachment.out == stream)
        command->attachment.out = NULL;
    if (command->attachment.err == stream)
        command->attachment.err = NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        if (command->streams[kind] == stream)
            command->streams[kind] = NULL;
    }
    on_drained(data, stream);
}

static void on_free(void *data)
{
    struct command *command = data;

    if (command->process != NULL)
        process_abandon(command->process);
    workload_detach(&command->attachment);
    terminal_free(command->terminal);
    if (command->timer != NULL)
        event_free(command->timer);
    remote_request_clear(&command->request);
    free(command);
}

const struct service COMMAND_SERVICE = {
    .started = on_started,
    .opened = on_opened,
    .received = on_received,
    .peer_finished = on_peer_finished,
    .sent = on_sent,
    .drained = on_drained,
    .closed = on_closed,
    .free = on_free,
};
