#define _POSIX_C_SOURCE 200809L
#include "verbose.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../common/clock.h"
#include "connection.h"
#include "tls.h"
#include "worker.h"

static const char INDENT[] = "          ";

static const struct options *options_of(const struct connection *connection)
{
    return &connection->worker->server->options;
}

/* Locks standard output until end(), so that the lines of one frame stay together. */
static bool begin(const struct connection *connection)
{
    uint64_t age_ms;

    if (!options_of(connection)->verbose)
        return false;
    age_ms = clock_ms() - connection->opened_ms;
    flockfile(stdout);
    printf("[id=%u] [%3llu.%03u] ", connection->number, (unsigned long long)(age_ms / 1000),
           (unsigned)(age_ms % 1000));
    return true;
}

static void end(void)
{
    fflush(stdout);
    funlockfile(stdout);
}

static const char *color_of(const struct connection *connection, const char *what)
{
    if (!options_of(connection)->color)
        return "";
    return what[0] == 'r' ? "\033[36m" : "\033[35m";
}

static const char *color_end(const struct connection *connection)
{
    return options_of(connection)->color ? "\033[0m" : "";
}

static const char *type_name(spdylay_frame_type type)
{
    static const char *const NAMES[] = {
        [SPDYLAY_SYN_STREAM] = "SYN_STREAM", [SPDYLAY_SYN_REPLY] = "SYN_REPLY",
        [SPDYLAY_RST_STREAM] = "RST_STREAM", [SPDYLAY_SETTINGS] = "SETTINGS",
        [SPDYLAY_NOOP] = "NOOP",             [SPDYLAY_PING] = "PING",
        [SPDYLAY_GOAWAY] = "GOAWAY",         [SPDYLAY_HEADERS] = "HEADERS",
        [SPDYLAY_WINDOW_UPDATE] = "WINDOW_UPDATE", [SPDYLAY_CREDENTIAL] = "CREDENTIAL",
    };

    if ((size_t)type < sizeof(NAMES) / sizeof(NAMES[0]) && NAMES[type] != NULL)
        return NAMES[type];
    return "UNKNOWN";
}

/* A refused header block comes without its pairs. */
static void print_pairs(char **nv)
{
    for (size_t i = 0; nv != NULL && nv[i] != NULL; i += 2)
        printf("%s%s: %s\n", INDENT, nv[i], nv[i + 1]);
}

static void print_settings(const spdylay_settings *settings)
{
    printf("%s(niv=%zu)\n", INDENT, settings->niv);
    for (size_t i = 0; i < settings->niv; i++)
        printf("%s[%d(%u):%u]\n", INDENT, settings->iv[i].settings_id,
               (unsigned)settings->iv[i].flags, settings->iv[i].value);
}

static void print_content(spdylay_frame_type type, const spdylay_frame *frame)
{
    switch (type) {
    case SPDYLAY_SYN_STREAM:
        printf("%s(stream_id=%d, assoc_stream_id=%d, pri=%u)\n", INDENT,
               frame->syn_stream.stream_id, frame->syn_stream.assoc_stream_id,
               (unsigned)frame->syn_stream.pri);
        print_pairs(frame->syn_stream.nv);
        break;
    case SPDYLAY_SYN_REPLY:
        printf("%s(stream_id=%d)\n", INDENT, frame->syn_reply.stream_id);
        print_pairs(frame->syn_reply.nv);
        break;
    case SPDYLAY_HEADERS:
        printf("%s(stream_id=%d)\n", INDENT, frame->headers.stream_id);
        print_pairs(frame->headers.nv);
        break;
    case SPDYLAY_RST_STREAM:
        printf("%s(stream_id=%d, status_code=%u)\n", INDENT, frame->rst_stream.stream_id,
               frame->rst_stream.status_code);
        break;
    case SPDYLAY_SETTINGS:
        print_settings(&frame->settings);
        break;
    case SPDYLAY_PING:
        printf("%s(unique_id=%u)\n", INDENT, frame->ping.unique_id);
        break;
    case SPDYLAY_GOAWAY:
        printf("%s(last_good_stream_id=%d, status_code=%u)\n", INDENT,
               frame->goaway.last_good_stream_id, frame->goaway.status_code);
        break;
    case SPDYLAY_WINDOW_UPDATE:
        printf("%s(stream_id=%d, delta_window_size=%d)\n", INDENT, frame->window_update.stream_id,
               frame->window_update.delta_window_size);
        break;
    default:
        break;
    }
}

void verbose_opened(const struct connection *connection)
{
    if (!begin(connection))
        return;
    printf("%s speaks %s over %s\n", connection->peer, version_name(connection->version),
           tls_name(connection->bev));
    end();
}

void verbose_closed(const struct connection *connection)
{
    if (!begin(connection))
        return;
    puts("closed");
    end();
}

void verbose_frame(const struct connection *connection, const char *what, spdylay_frame_type type,
                   const spdylay_frame *frame)
{
    const spdylay_ctrl_hd *head = &frame->ctrl.hd;

    if (!begin(connection))
        return;
    printf("%s%s %s%s frame <version=%u, flags=%u, length=%d>\n", color_of(connection, what), what,
           type_name(type), color_end(connection), (unsigned)head->version, (unsigned)head->flags,
           head->length);
    print_content(type, frame);
    end();
}

void verbose_data(const struct connection *connection, const char *what, int32_t stream_id,
                  uint8_t flags, int32_t length)
{
    if (!begin(connection))
        return;
    printf("%s%s DATA%s frame (stream_id=%d, flags=%u, length=%d)\n", color_of(connection, what),
           what, color_end(connection), stream_id, (unsigned)flags, length);
    end();
}

void verbose_stream_closed(const struct connection *connection, int32_t stream_id)
{
    if (!begin(connection))
        return;
    printf("stream_id=%d closed\n", stream_id);
    end();
}
