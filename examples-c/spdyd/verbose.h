/* --verbose: the frames of all connections on standard output. Does nothing without the option. */
#ifndef SPDYD_VERBOSE_H
#define SPDYD_VERBOSE_H

#include <stdint.h>

#include <spdylay/spdylay.h>

struct connection;

void verbose_opened(const struct connection *connection);
void verbose_closed(const struct connection *connection);
void verbose_frame(const struct connection *connection, const char *what, spdylay_frame_type type,
                   const spdylay_frame *frame);
void verbose_data(const struct connection *connection, const char *what, int32_t stream_id,
                  uint8_t flags, int32_t length);
void verbose_stream_closed(const struct connection *connection, int32_t stream_id);

#endif
