#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <jansson.h>

/* No announcement is so long: this is something else, and forgotten. */
#define MAX_PENDING 1024

struct terminal {
    struct evbuffer *pending;
    struct winsize size;
    int fd;
};

struct terminal *terminal_new(void)
{
    struct terminal *terminal = calloc(1, sizeof(*terminal));

    if (terminal == NULL)
        return NULL;
    terminal->fd = -1;
    terminal->pending = evbuffer_new();
    if (terminal->pending == NULL) {
        free(terminal);
        return NULL;
    }
    return terminal;
}

void terminal_free(struct terminal *terminal)
{
    if (terminal->fd >= 0)
        close(terminal->fd);
    evbuffer_free(terminal->pending);
    free(terminal);
}

static void apply(const struct terminal *terminal)
{
    if (terminal->fd >= 0 && terminal->size.ws_col > 0)
        ioctl(terminal->fd, TIOCSWINSZ, &terminal->size);
}

void terminal_connect(struct terminal *terminal, int fd)
{
    terminal->fd = fd;
    apply(terminal);
}

/* Takes one announcement from what is pending; NULL if there is no complete one. */
static json_t *next_announcement(struct evbuffer *pending)
{
    size_t length = evbuffer_get_length(pending);
    const char *text = (const char *)evbuffer_pullup(pending, -1);
    json_error_t error;
    json_t *announcement =
        length > 0 ? json_loadb(text, length, JSON_DISABLE_EOF_CHECK, &error) : NULL;

    if (announcement != NULL)
        evbuffer_drain(pending, (size_t)error.position);
    return announcement;
}

void terminal_resize(struct terminal *terminal, const uint8_t *bytes, size_t length)
{
    json_t *announcement;

    evbuffer_add(terminal->pending, bytes, length);
    while ((announcement = next_announcement(terminal->pending)) != NULL) {
        json_int_t width = json_integer_value(json_object_get(announcement, "Width"));
        json_int_t height = json_integer_value(json_object_get(announcement, "Height"));

        if (width > 0 && width <= UINT16_MAX && height > 0 && height <= UINT16_MAX) {
            terminal->size.ws_col = (unsigned short)width;
            terminal->size.ws_row = (unsigned short)height;
            apply(terminal);
        }
        json_decref(announcement);
    }
    if (evbuffer_get_length(terminal->pending) > MAX_PENDING)
        evbuffer_drain(terminal->pending, evbuffer_get_length(terminal->pending));
}
