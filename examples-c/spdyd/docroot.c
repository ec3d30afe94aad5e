#define _GNU_SOURCE
#include "docroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/diagnostic.h"

int docroot_open(const char *folder)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        diagnostic("cannot serve the folder %s: %s", folder, strerror(errno));
        return -1;
    }
    if (faccessat(fd, ".", X_OK, AT_EACCESS) != 0) {
        diagnostic("cannot serve the folder %s: %s", folder, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

static int open_beneath(int docroot, const char *relative, int flags)
{
    struct open_how how = {.flags = (unsigned)flags,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int attempts = 8;
    int fd;

    /* EAGAIN: something was renamed while the kernel proved that ".." in a link stays inside. */
    do {
        fd = (int)syscall(SYS_openat2, docroot, relative, &how, sizeof(how));
    } while (fd < 0 && errno == EAGAIN && --attempts > 0);
    return fd;
}

/* For kernels before 5.6 and sandboxes that hide openat2: one segment at a time, no links at all.
 * Stricter than the kernel's own walk, and just as safe. */
static int open_step_by_step(int docroot, const char *relative, int flags)
{
    int parent = docroot;

    for (;;) {
        char segment[256];
        size_t size = strcspn(relative, "/");
        bool last = relative[size] == '\0';
        int fd = -1;
        int error = ENAMETOOLONG;

        if (size < sizeof(segment)) {
            memcpy(segment, relative, size);
            segment[size] = '\0';
            fd = openat(parent, segment,
                        (last ? flags : O_PATH | O_DIRECTORY | O_CLOEXEC) | O_NOFOLLOW);
            error = errno;
        }
        if (parent != docroot)
            close(parent);
        if (last || fd < 0) {
            errno = error;
            return fd;
        }
        parent = fd;
        relative += size + 1;
    }
}

static int open_within(int docroot, const char *relative, int flags)
{
    static atomic_bool openat2_missing;
    int fd;

    if (relative[0] == '\0')
        relative = ".";
    if (!atomic_load(&openat2_missing)) {
        fd = open_beneath(docroot, relative, flags);
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
            return fd;
        if (errno == ENOSYS)
            atomic_store(&openat2_missing, true);
    }
    return open_step_by_step(docroot, relative, flags);
}

int docroot_open_file(int docroot, const char *relative)
{
    /* O_NONBLOCK: a FIFO in the folder must not stop the worker until somebody writes to it. */
    return open_within(docroot, relative, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool docroot_has_directory(int docroot, const char *relative)
{
    int fd = open_within(docroot, relative, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}
