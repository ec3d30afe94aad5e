/* -v: frames and negotiation on stderr, with time stamps. All of it is silent without -v. */
#ifndef SPDYCAT_TRACE_H
#define SPDYCAT_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <spdylay/spdylay.h>

enum trace_direction { TRACE_SEND, TRACE_RECV };

void trace_start(bool enabled, bool color);

/* `connection` is the number that tells the connections of this run apart. */
void trace_note(unsigned connection, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trace_frame(unsigned connection, enum trace_direction direction, spdylay_frame_type type,
                 const spdylay_frame *frame);
void trace_data(unsigned connection, enum trace_direction direction, uint8_t flags,
                int32_t stream_id, int32_t length);

/* The names that the SPDY drafts use; never NULL. */
const char *trace_status_name(uint32_t rst_stream_status);
const char *trace_goaway_status_name(uint32_t goaway_status);
const char *trace_frame_name(int type);
const char *trace_version_name(uint16_t version);

#endif
