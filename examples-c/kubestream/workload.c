#define _GNU_SOURCE
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <event2/event.h>

#include "../common/diagnostic.h"
#include "stream.h"

/* When a client is so far behind, the process has to wait for it. */
#define WAITING_HIGH_MARK (256 * 1024)

#define READ_PIECE (32 * 1024)

struct workload {
    TAILQ_HEAD(attachment_list, attachment) attachments;
    struct process *process; /* NULL once it has ended */
    struct process_ends ends;
    struct event *out_readable;
    struct event *err_readable;
};

static void close_end(struct event **readable, int *fd)
{
    if (*readable != NULL)
        event_free(*readable);
    *readable = NULL;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool is_behind(const struct attachment *attachment)
{
    return (attachment->out != NULL && stream_waiting(attachment->out) >= WAITING_HIGH_MARK) ||
           (attachment->err != NULL && stream_waiting(attachment->err) >= WAITING_HIGH_MARK);
}

static bool must_wait(const struct workload *workload)
{
    const struct attachment *attachment;

    TAILQ_FOREACH(attachment, &workload->attachments, link)
    {
        if (is_behind(attachment))
            return true;
    }
    return false;
}

static void pause_reading(struct workload *workload)
{
    if (workload->out_readable != NULL)
        event_del(workload->out_readable);
    if (workload->err_readable != NULL)
        event_del(workload->err_readable);
}

void workload_resume(struct workload *workload)
{
    if (must_wait(workload))
        return;
    if (workload->out_readable != NULL)
        event_add(workload->out_readable, NULL);
    if (workload->err_readable != NULL)
        event_add(workload->err_readable, NULL);
}

/* Copies what there is to all who are attached. False at the end. */
static bool copy_output(struct workload *workload, int fd)
{
    static uint8_t piece[READ_PIECE];
    ssize_t n = read(fd, piece, sizeof(piece));
    struct attachment *attachment;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    TAILQ_FOREACH(attachment, &workload->attachments, link)
    {
        struct stream *stream = fd == workload->ends.out ? attachment->out : attachment->err;

        if (stream != NULL && n > 0)
            stream_enqueue(stream, piece, (size_t)n);
    }
    return n > 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct workload *workload = arg;

    (void)what;
    if (!copy_output(workload, fd)) {
        if (fd == workload->ends.out)
            close_end(&workload->out_readable, &workload->ends.out);
        else
            close_end(&workload->err_readable, &workload->ends.err);
    }
    if (must_wait(workload))
        pause_reading(workload);
}

/* Reads what is left. Not much: pipes are small. */
static void copy_rest(struct workload *workload, int fd)
{
    int left = 0;

    while (fd >= 0 && ioctl(fd, FIONREAD, &left) == 0 && left > 0 && copy_output(workload, fd))
        continue;
}

static void on_ended(void *arg, int exit_code)
{
    struct workload *workload = arg;
    struct attachment *attachment;

    diagnostic("the main process has ended, exit code %d", exit_code);
    workload->process = NULL;
    copy_rest(workload, workload->ends.out);
    copy_rest(workload, workload->ends.err);
    close_end(&workload->out_readable, &workload->ends.out);
    close_end(&workload->err_readable, &workload->ends.err);
    while ((attachment = TAILQ_FIRST(&workload->attachments)) != NULL) {
        workload_detach(attachment);
        attachment->ended(attachment->arg, exit_code);
    }
}

struct workload *workload_start(struct event_base *base, const char *command_line,
                                const char *directory)
{
    char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)command_line, NULL};
    const struct process_plan plan = {
        .argv = argv, .directory = directory, .in = true, .out = true, .err = true};
    struct workload *workload = calloc(1, sizeof(*workload));

    if (workload == NULL)
        return NULL;
    TAILQ_INIT(&workload->attachments);
    workload->process = process_start(&plan, &workload->ends, on_ended, workload);
    if (workload->process == NULL) {
        diagnostic("cannot run the main process: %s", strerror(errno));
        free(workload);
        return NULL;
    }
    workload->out_readable =
        event_new(base, workload->ends.out, EV_READ | EV_PERSIST, on_readable, workload);
    workload->err_readable =
        event_new(base, workload->ends.err, EV_READ | EV_PERSIST, on_readable, workload);
    workload_resume(workload);
    return workload;
}

void workload_free(struct workload *workload)
{
    if (workload == NULL)
        return;
    if (workload->process != NULL)
        process_abandon(workload->process);
    close_end(&workload->out_readable, &workload->ends.out);
    close_end(&workload->err_readable, &workload->ends.err);
    if (workload->ends.in >= 0)
        close(workload->ends.in);
    free(workload);
}

bool workload_is_running(const struct workload *workload)
{
    return workload != NULL && workload->process != NULL;
}

int workload_attach(struct workload *workload, struct attachment *attachment)
{
    if (!workload_is_running(workload)) {
        attachment->ended(attachment->arg, 0);
        return -1;
    }
    attachment->workload = workload;
    TAILQ_INSERT_TAIL(&workload->attachments, attachment, link);
    return fcntl(workload->ends.in, F_DUPFD_CLOEXEC, 0);
}

void workload_detach(struct attachment *attachment)
{
    struct workload *workload = attachment->workload;

    if (workload == NULL)
        return;
    TAILQ_REMOVE(&workload->attachments, attachment, link);
    attachment->workload = NULL;
    workload_resume(workload);
}
