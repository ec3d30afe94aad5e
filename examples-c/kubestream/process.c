#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "../common/diagnostic.h"

/* How long an abandoned process has for a clean end. */
#define POLITE_SECONDS 2

struct process {
    TAILQ_ENTRY(process) link;
    struct event *impatience; /* once abandoned */
    process_ended_callback ended;
    void *arg;
    pid_t pid; /* also that of its process group */
};

static struct {
    TAILQ_HEAD(process_list, process) running;
    struct event_base *base;
    struct event *child_changed;
} table = {.running = TAILQ_HEAD_INITIALIZER(table.running)};

static void forget(struct process *process)
{
    TAILQ_REMOVE(&table.running, process, link);
    if (process->impatience != NULL)
        event_free(process->impatience);
    free(process);
}

static struct process *find(pid_t pid)
{
    struct process *process;

    TAILQ_FOREACH(process, &table.running, link)
    {
        if (process->pid == pid)
            break;
    }
    return process;
}

static void reap(pid_t pid)
{
    struct process *process = find(pid);
    process_ended_callback ended = NULL;
    void *arg = NULL;
    int status = 0;

    if (process != NULL) {
        ended = process->ended;
        arg = process->arg;
        /* Before the process is reaped, for until then its group's number cannot be another's. */
        if (ended == NULL)
            kill(-pid, SIGKILL);
        forget(process);
    }
    waitpid(pid, &status, 0);
    if (ended != NULL)
        ended(arg, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void on_child_changed(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    for (;;) {
        siginfo_t info = {.si_pid = 0};

        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        reap(info.si_pid);
    }
}

bool process_watch(struct event_base *base)
{
    table.base = base;
    table.child_changed = evsignal_new(base, SIGCHLD, on_child_changed, NULL);
    if (table.child_changed != NULL && event_add(table.child_changed, NULL) == 0)
        return true;
    diagnostic("cannot watch for the end of child processes");
    return false;
}

/* In the child. `failure` tells the parent why there is no program; it closes when there is one. */
static _Noreturn void become(const struct process_plan *plan, int failure)
{
    sigset_t none;
    int why;

    /* The server ignores SIGPIPE, and what is ignored stays so over execve(). */
    signal(SIGPIPE, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (plan->terminal)
        setenv("TERM", "xterm", 1);
    if (plan->directory == NULL || chdir(plan->directory) == 0)
        execvp(plan->argv[0], plan->argv);
    why = errno;
    if (write(failure, &why, sizeof(why)) != sizeof(why))
        _exit(126);
    _exit(127);
}

/* 0 if the child has become the program, else why not. */
static int wait_for_program(int failure)
{
    int why = 0;
    ssize_t n;

    do {
        n = read(failure, &why, sizeof(why));
    } while (n < 0 && errno == EINTR);
    return n == sizeof(why) ? why : 0;
}

static void close_pair(const int pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0)
            close(pair[i]);
    }
}

static bool open_null(int *fd)
{
    *fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    return *fd >= 0;
}

/* The child's ends of its three streams, and ours. */
struct plumbing {
    int in[2];
    int out[2];
    int err[2];
};

static bool lay_pipes(const struct process_plan *plan, struct plumbing *p)
{
    return (plan->in ? pipe2(p->in, O_CLOEXEC) == 0 : open_null(&p->in[0])) &&
           (plan->out ? pipe2(p->out, O_CLOEXEC) == 0 : open_null(&p->out[1])) &&
           (plan->err ? pipe2(p->err, O_CLOEXEC) == 0 : open_null(&p->err[1]));
}

static void take_end(int *ours, int *end)
{
    *ours = *end;
    *end = -1;
    if (*ours >= 0)
        fcntl(*ours, F_SETFL, fcntl(*ours, F_GETFL) | O_NONBLOCK);
}

static pid_t fork_with_pipes(const struct process_plan *plan, struct process_ends *ends,
                             int failure)
{
    struct plumbing p = {.in = {-1, -1}, .out = {-1, -1}, .err = {-1, -1}};
    pid_t pid = lay_pipes(plan, &p) ? fork() : -1;
    int error = errno;

    if (pid == 0) {
        setsid();
        if (dup2(p.in[0], STDIN_FILENO) < 0 || dup2(p.out[1], STDOUT_FILENO) < 0 ||
            dup2(p.err[1], STDERR_FILENO) < 0)
            _exit(126);
        become(plan, failure);
    }
    if (pid > 0) {
        take_end(&ends->in, &p.in[1]);
        take_end(&ends->out, &p.out[0]);
        take_end(&ends->err, &p.err[0]);
    }
    close_pair(p.in);
    close_pair(p.out);
    close_pair(p.err);
    errno = error;
    return pid;
}

static pid_t fork_on_terminal(const struct process_plan *plan, struct process_ends *ends,
                              int failure)
{
    int terminal = -1;
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);

    if (pid == 0)
        become(plan, failure);
    if (pid > 0) {
        fcntl(terminal, F_SETFD, FD_CLOEXEC);
        ends->in = fcntl(terminal, F_DUPFD_CLOEXEC, 0);
        take_end(&ends->out, &terminal);
    }
    return pid;
}

static void close_ends(struct process_ends *ends)
{
    int *all[] = {&ends->in, &ends->out, &ends->err};

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

static pid_t start_program(const struct process_plan *plan, struct process_ends *ends)
{
    int failure[2];
    pid_t pid;
    int why;

    if (pipe2(failure, O_CLOEXEC) != 0)
        return -1;
    pid = plan->terminal ? fork_on_terminal(plan, ends, failure[1])
                         : fork_with_pipes(plan, ends, failure[1]);
    why = pid < 0 ? errno : 0;
    close(failure[1]);
    if (pid > 0 && (why = wait_for_program(failure[0])) != 0) {
        waitpid(pid, NULL, 0);
        close_ends(ends);
    }
    close(failure[0]);
    errno = why;
    return why == 0 ? pid : -1;
}

struct process *process_start(const struct process_plan *plan, struct process_ends *ends,
                              process_ended_callback ended, void *arg)
{
    struct process *process = calloc(1, sizeof(*process));

    *ends = (struct process_ends){.in = -1, .out = -1, .err = -1};
    if (process == NULL)
        return NULL;
    process->pid = start_program(plan, ends);
    if (process->pid < 0) {
        free(process);
        return NULL;
    }
    process->ended = ended;
    process->arg = arg;
    TAILQ_INSERT_TAIL(&table.running, process, link);
    return process;
}

static void on_impatience(evutil_socket_t fd, short what, void *arg)
{
    const struct process *process = arg;

    (void)fd;
    (void)what;
    kill(-process->pid, SIGKILL);
}

/* The process is the leader of a group, so that what it has started goes with it. */
void process_abandon(struct process *process)
{
    const struct timeval patience = {.tv_sec = POLITE_SECONDS};

    process->ended = NULL;
    process->impatience = evtimer_new(table.base, on_impatience, process);
    if (process->impatience == NULL || event_add(process->impatience, &patience) != 0)
        kill(-process->pid, SIGKILL);
    kill(-process->pid, SIGHUP);
}

void process_stop_all(void)
{
    struct process *process;

    while ((process = TAILQ_FIRST(&table.running)) != NULL) {
        kill(-process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
        forget(process);
    }
    if (table.child_changed != NULL)
        event_free(table.child_changed);
    table.child_changed = NULL;
}
