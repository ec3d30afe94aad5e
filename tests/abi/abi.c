/*
 * What programs built for libspdylay 1.4 rely on, stated to a compiler: the
 * size and layout of every public type on LP64 systems, every value, and the
 * exact type of every function and callback.
 *
 * Compiles as C99 and later and as C++11 and later; C++ is stricter about enum
 * types. Linked and run, it also shows that every function can be found. With
 * -DABI_1_4, which leaves out what was added since, the header of libspdylay
 * 1.4 passes it too, up to linking (1.4 declares the spdylay_origin_*
 * functions without defining them).
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <spdylay/spdylay.h>

#if defined(__cplusplus)
#  define ALIGNOF(type) alignof(type)
#  define CHECK(name, condition) static_assert(condition, #condition)
#elif __STDC_VERSION__ >= 201112L
#  define ALIGNOF(type) _Alignof(type)
#  define CHECK(name, condition) _Static_assert(condition, #condition)
#else
#  define ALIGNOF(type) \
    offsetof(struct { \
      char c; \
      type t; \
    }, t)
#  define CHECK(name, condition) \
    typedef char check_##name[(condition) ? 1 : -1]
#endif

/* Files that a second inclusion or a clash with standard headers would break. */
#include <spdylay/spdylay.h>
#include <spdylay/spdylayver.h>

#if !defined(SPDYLAY_H) || !defined(SPDYLAYVER_H)
#  error "the include guards have other names"
#endif

/* Layout ------------------------------------------------------------------ */

#define TYPE(type, size, align) \
  CHECK(size_of_##type, sizeof(type) == (size)); \
  CHECK(align_of_##type, ALIGNOF(type) == (align))

/* The function body compiles only if the member has exactly this type. */
#define MEMBER(type, member, member_type, offset) \
  CHECK(offset_of_##type##_##member, offsetof(type, member) == (offset)); \
  member_type *type_of_##type##_##member(type *object); \
  member_type *type_of_##type##_##member(type *object) \
  { \
    return &object->member; \
  } \
  CHECK(end_of_##type##_##member, 1)

TYPE(spdylay_ctrl_hd, 12, 4);
MEMBER(spdylay_ctrl_hd, version, uint16_t, 0);
MEMBER(spdylay_ctrl_hd, type, uint16_t, 2);
MEMBER(spdylay_ctrl_hd, flags, uint8_t, 4);
MEMBER(spdylay_ctrl_hd, length, int32_t, 8);

TYPE(spdylay_syn_stream, 32, 8);
MEMBER(spdylay_syn_stream, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_syn_stream, stream_id, int32_t, 12);
MEMBER(spdylay_syn_stream, assoc_stream_id, int32_t, 16);
MEMBER(spdylay_syn_stream, pri, uint8_t, 20);
MEMBER(spdylay_syn_stream, slot, uint8_t, 21);
MEMBER(spdylay_syn_stream, nv, char **, 24);

TYPE(spdylay_syn_reply, 24, 8);
MEMBER(spdylay_syn_reply, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_syn_reply, stream_id, int32_t, 12);
MEMBER(spdylay_syn_reply, nv, char **, 16);

TYPE(spdylay_headers, 24, 8);
MEMBER(spdylay_headers, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_headers, stream_id, int32_t, 12);
MEMBER(spdylay_headers, nv, char **, 16);

TYPE(spdylay_rst_stream, 20, 4);
MEMBER(spdylay_rst_stream, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_rst_stream, stream_id, int32_t, 12);
MEMBER(spdylay_rst_stream, status_code, uint32_t, 16);

TYPE(spdylay_settings_entry, 12, 4);
MEMBER(spdylay_settings_entry, settings_id, int32_t, 0);
MEMBER(spdylay_settings_entry, flags, uint8_t, 4);
MEMBER(spdylay_settings_entry, value, uint32_t, 8);

TYPE(spdylay_settings, 32, 8);
MEMBER(spdylay_settings, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_settings, niv, size_t, 16);
MEMBER(spdylay_settings, iv, spdylay_settings_entry *, 24);

TYPE(spdylay_ping, 16, 4);
MEMBER(spdylay_ping, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_ping, unique_id, uint32_t, 12);

TYPE(spdylay_goaway, 20, 4);
MEMBER(spdylay_goaway, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_goaway, last_good_stream_id, int32_t, 12);
MEMBER(spdylay_goaway, status_code, uint32_t, 16);

TYPE(spdylay_window_update, 20, 4);
MEMBER(spdylay_window_update, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_window_update, stream_id, int32_t, 12);
MEMBER(spdylay_window_update, delta_window_size, int32_t, 16);

TYPE(spdylay_mem_chunk, 16, 8);
MEMBER(spdylay_mem_chunk, data, uint8_t *, 0);
MEMBER(spdylay_mem_chunk, length, size_t, 8);

TYPE(spdylay_credential, 48, 8);
MEMBER(spdylay_credential, hd, spdylay_ctrl_hd, 0);
MEMBER(spdylay_credential, slot, uint16_t, 12);
MEMBER(spdylay_credential, proof, spdylay_mem_chunk, 16);
MEMBER(spdylay_credential, certs, spdylay_mem_chunk *, 32);
MEMBER(spdylay_credential, ncerts, size_t, 40);

TYPE(spdylay_ctrl_frame, 12, 4);
MEMBER(spdylay_ctrl_frame, hd, spdylay_ctrl_hd, 0);

TYPE(spdylay_frame, 48, 8);
MEMBER(spdylay_frame, ctrl, spdylay_ctrl_frame, 0);
MEMBER(spdylay_frame, syn_stream, spdylay_syn_stream, 0);
MEMBER(spdylay_frame, syn_reply, spdylay_syn_reply, 0);
MEMBER(spdylay_frame, rst_stream, spdylay_rst_stream, 0);
MEMBER(spdylay_frame, settings, spdylay_settings, 0);
MEMBER(spdylay_frame, ping, spdylay_ping, 0);
MEMBER(spdylay_frame, goaway, spdylay_goaway, 0);
MEMBER(spdylay_frame, headers, spdylay_headers, 0);
MEMBER(spdylay_frame, window_update, spdylay_window_update, 0);
MEMBER(spdylay_frame, credential, spdylay_credential, 0);

TYPE(spdylay_data_source, 8, 8);
MEMBER(spdylay_data_source, fd, int, 0);
MEMBER(spdylay_data_source, ptr, void *, 0);

TYPE(spdylay_data_provider, 16, 8);
MEMBER(spdylay_data_provider, source, spdylay_data_source, 0);
MEMBER(spdylay_data_provider, read_callback,
       spdylay_data_source_read_callback, 8);

TYPE(spdylay_npn_proto, 16, 8);
MEMBER(spdylay_npn_proto, proto, const unsigned char *, 0);
MEMBER(spdylay_npn_proto, len, uint8_t, 8);
MEMBER(spdylay_npn_proto, version, uint16_t, 10);

#define CALLBACK(member, offset) \
  MEMBER(spdylay_session_callbacks, member, spdylay_##member, offset)

TYPE(spdylay_session_callbacks, 136, 8);
CALLBACK(send_callback, 0);
CALLBACK(recv_callback, 8);
CALLBACK(on_ctrl_recv_callback, 16);
CALLBACK(on_invalid_ctrl_recv_callback, 24);
CALLBACK(on_data_chunk_recv_callback, 32);
CALLBACK(on_data_recv_callback, 40);
CALLBACK(before_ctrl_send_callback, 48);
CALLBACK(on_ctrl_send_callback, 56);
CALLBACK(on_ctrl_not_send_callback, 64);
CALLBACK(on_data_send_callback, 72);
CALLBACK(on_stream_close_callback, 80);
CALLBACK(on_request_recv_callback, 88);
CALLBACK(get_credential_proof, 96);
CALLBACK(get_credential_ncerts, 104);
CALLBACK(get_credential_cert, 112);
CALLBACK(on_ctrl_recv_parse_error_callback, 120);
CALLBACK(on_unknown_ctrl_recv_callback, 128);

/* The struct and union tags are the names of the types. */
#define TAG(kind, type) \
  kind type *tag_of_##type(type *object); \
  kind type *tag_of_##type(type *object) \
  { \
    return object; \
  } \
  CHECK(end_of_tag_##type, 1)

TAG(struct, spdylay_session);
TAG(struct, spdylay_origin);
TAG(struct, spdylay_gzip);

/* Values ------------------------------------------------------------------ */

#define VALUE(name, value) CHECK(value_of_##name, name == (value))

/* Macros: they must also be usable in #if. */
#if SPDYLAY_INITIAL_MAX_CONCURRENT_STREAMS != 2147483647 || \
    SPDYLAY_INITIAL_WINDOW_SIZE != 65536 || SPDYLAY_MAX_SCHEME != 255 || \
    SPDYLAY_MAX_HOSTNAME != 255
#  error "a macro has another value"
#endif
CHECK(limit_is_unsigned, SPDYLAY_INITIAL_MAX_CONCURRENT_STREAMS * 2 + 1 > 0);
/* The version is a string literal: it can be concatenated. */
CHECK(version_is_a_literal, sizeof("v" SPDYLAY_VERSION) > 2);

TYPE(spdylay_proto_version, 4, 4);
VALUE(SPDYLAY_PROTO_SPDY2, 2);
VALUE(SPDYLAY_PROTO_SPDY3, 3);
VALUE(SPDYLAY_PROTO_SPDY3_1, 4);

TYPE(spdylay_error, 4, 4);
VALUE(SPDYLAY_ERR_INVALID_ARGUMENT, -501);
VALUE(SPDYLAY_ERR_ZLIB, -502);
VALUE(SPDYLAY_ERR_UNSUPPORTED_VERSION, -503);
VALUE(SPDYLAY_ERR_WOULDBLOCK, -504);
VALUE(SPDYLAY_ERR_PROTO, -505);
VALUE(SPDYLAY_ERR_INVALID_FRAME, -506);
VALUE(SPDYLAY_ERR_EOF, -507);
VALUE(SPDYLAY_ERR_DEFERRED, -508);
VALUE(SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE, -509);
VALUE(SPDYLAY_ERR_STREAM_CLOSED, -510);
VALUE(SPDYLAY_ERR_STREAM_CLOSING, -511);
VALUE(SPDYLAY_ERR_STREAM_SHUT_WR, -512);
VALUE(SPDYLAY_ERR_INVALID_STREAM_ID, -513);
VALUE(SPDYLAY_ERR_INVALID_STREAM_STATE, -514);
VALUE(SPDYLAY_ERR_DEFERRED_DATA_EXIST, -515);
VALUE(SPDYLAY_ERR_SYN_STREAM_NOT_ALLOWED, -516);
VALUE(SPDYLAY_ERR_GOAWAY_ALREADY_SENT, -517);
VALUE(SPDYLAY_ERR_INVALID_HEADER_BLOCK, -518);
VALUE(SPDYLAY_ERR_INVALID_STATE, -519);
VALUE(SPDYLAY_ERR_GZIP, -520);
VALUE(SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE, -521);
VALUE(SPDYLAY_ERR_FRAME_TOO_LARGE, -522);
VALUE(SPDYLAY_ERR_FATAL, -900);
VALUE(SPDYLAY_ERR_NOMEM, -901);
VALUE(SPDYLAY_ERR_CALLBACK_FAILURE, -902);

TYPE(spdylay_io_flag, 4, 4);
VALUE(SPDYLAY_MSG_MORE, 0);

TYPE(spdylay_frame_type, 4, 4);
VALUE(SPDYLAY_SYN_STREAM, 1);
VALUE(SPDYLAY_SYN_REPLY, 2);
VALUE(SPDYLAY_RST_STREAM, 3);
VALUE(SPDYLAY_SETTINGS, 4);
VALUE(SPDYLAY_NOOP, 5);
VALUE(SPDYLAY_PING, 6);
VALUE(SPDYLAY_GOAWAY, 7);
VALUE(SPDYLAY_HEADERS, 8);
VALUE(SPDYLAY_WINDOW_UPDATE, 9);
VALUE(SPDYLAY_CREDENTIAL, 10);

TYPE(spdylay_ctrl_flag, 4, 4);
VALUE(SPDYLAY_CTRL_FLAG_NONE, 0);
VALUE(SPDYLAY_CTRL_FLAG_FIN, 1);
VALUE(SPDYLAY_CTRL_FLAG_UNIDIRECTIONAL, 2);

TYPE(spdylay_data_flag, 4, 4);
VALUE(SPDYLAY_DATA_FLAG_NONE, 0);
VALUE(SPDYLAY_DATA_FLAG_FIN, 1);

TYPE(spdylay_settings_flag, 4, 4);
VALUE(SPDYLAY_FLAG_SETTINGS_NONE, 0);
VALUE(SPDYLAY_FLAG_SETTINGS_CLEAR_SETTINGS, 1);

TYPE(spdylay_settings_id_flag, 4, 4);
VALUE(SPDYLAY_ID_FLAG_SETTINGS_NONE, 0);
VALUE(SPDYLAY_ID_FLAG_SETTINGS_PERSIST_VALUE, 1);
VALUE(SPDYLAY_ID_FLAG_SETTINGS_PERSISTED, 2);

TYPE(spdylay_settings_id, 4, 4);
VALUE(SPDYLAY_SETTINGS_UPLOAD_BANDWIDTH, 1);
VALUE(SPDYLAY_SETTINGS_DOWNLOAD_BANDWIDTH, 2);
VALUE(SPDYLAY_SETTINGS_ROUND_TRIP_TIME, 3);
VALUE(SPDYLAY_SETTINGS_MAX_CONCURRENT_STREAMS, 4);
VALUE(SPDYLAY_SETTINGS_CURRENT_CWND, 5);
VALUE(SPDYLAY_SETTINGS_DOWNLOAD_RETRANS_RATE, 6);
VALUE(SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE, 7);
VALUE(SPDYLAY_SETTINGS_CLIENT_CERTIFICATE_VECTOR_SIZE, 8);
VALUE(SPDYLAY_SETTINGS_MAX, 8);

TYPE(spdylay_status_code, 4, 4);
VALUE(SPDYLAY_OK, 0);
VALUE(SPDYLAY_PROTOCOL_ERROR, 1);
VALUE(SPDYLAY_INVALID_STREAM, 2);
VALUE(SPDYLAY_REFUSED_STREAM, 3);
VALUE(SPDYLAY_UNSUPPORTED_VERSION, 4);
VALUE(SPDYLAY_CANCEL, 5);
VALUE(SPDYLAY_INTERNAL_ERROR, 6);
VALUE(SPDYLAY_FLOW_CONTROL_ERROR, 7);
VALUE(SPDYLAY_STREAM_IN_USE, 8);
VALUE(SPDYLAY_STREAM_ALREADY_CLOSED, 9);
VALUE(SPDYLAY_INVALID_CREDENTIALS, 10);
VALUE(SPDYLAY_FRAME_TOO_LARGE, 11);

TYPE(spdylay_goaway_status_code, 4, 4);
VALUE(SPDYLAY_GOAWAY_OK, 0);
VALUE(SPDYLAY_GOAWAY_PROTOCOL_ERROR, 1);
VALUE(SPDYLAY_GOAWAY_INTERNAL_ERROR, 2);

TYPE(spdylay_opt, 4, 4);
VALUE(SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE, 1);
VALUE(SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER, 2);
VALUE(SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2, 3);
#ifndef ABI_1_4
VALUE(SPDYLAY_OPT_NO_FLOW_CONTROL, 101);
VALUE(SPDYLAY_OPT_MAX_DATA_PAYLOAD, 102);
VALUE(SPDYLAY_OPT_HTTP_RULES, 103);
#endif

#ifndef __cplusplus
/* spdylay_error is signed, the others are not. */
CHECK(errors_are_signed, (spdylay_error)-1 < 0);
CHECK(frame_types_are_unsigned, (spdylay_frame_type)-1 > 0);
CHECK(status_codes_are_unsigned, (spdylay_status_code)-1 > 0);
CHECK(settings_ids_are_unsigned, (spdylay_settings_id)-1 > 0);
#endif

/* Callback types ---------------------------------------------------------- */

/* The function body compiles only if the typedef is exactly this type. */
#define CALLBACK_TYPE(result, type, parameters) \
  typedef result (*own_##type) parameters; \
  own_##type *type_of_##type(type *callback); \
  own_##type *type_of_##type(type *callback) \
  { \
    return callback; \
  } \
  CHECK(end_of_callback_##type, 1)

CALLBACK_TYPE(ssize_t, spdylay_data_source_read_callback,
              (spdylay_session * session, int32_t stream_id, uint8_t *buf,
               size_t length, int *eof, spdylay_data_source *source,
               void *user_data));
CALLBACK_TYPE(ssize_t, spdylay_send_callback,
              (spdylay_session * session, const uint8_t *data, size_t length,
               int flags, void *user_data));
CALLBACK_TYPE(ssize_t, spdylay_recv_callback,
              (spdylay_session * session, uint8_t *buf, size_t length,
               int flags, void *user_data));
CALLBACK_TYPE(void, spdylay_on_ctrl_recv_callback,
              (spdylay_session * session, spdylay_frame_type type,
               spdylay_frame *frame, void *user_data));
CALLBACK_TYPE(void, spdylay_on_invalid_ctrl_recv_callback,
              (spdylay_session * session, spdylay_frame_type type,
               spdylay_frame *frame, uint32_t status_code, void *user_data));
CALLBACK_TYPE(void, spdylay_on_data_chunk_recv_callback,
              (spdylay_session * session, uint8_t flags, int32_t stream_id,
               const uint8_t *data, size_t len, void *user_data));
CALLBACK_TYPE(void, spdylay_on_data_recv_callback,
              (spdylay_session * session, uint8_t flags, int32_t stream_id,
               int32_t length, void *user_data));
CALLBACK_TYPE(void, spdylay_before_ctrl_send_callback,
              (spdylay_session * session, spdylay_frame_type type,
               spdylay_frame *frame, void *user_data));
CALLBACK_TYPE(void, spdylay_on_ctrl_send_callback,
              (spdylay_session * session, spdylay_frame_type type,
               spdylay_frame *frame, void *user_data));
CALLBACK_TYPE(void, spdylay_on_ctrl_not_send_callback,
              (spdylay_session * session, spdylay_frame_type type,
               spdylay_frame *frame, int error_code, void *user_data));
CALLBACK_TYPE(void, spdylay_on_data_send_callback,
              (spdylay_session * session, uint8_t flags, int32_t stream_id,
               int32_t length, void *user_data));
CALLBACK_TYPE(void, spdylay_on_stream_close_callback,
              (spdylay_session * session, int32_t stream_id,
               spdylay_status_code status_code, void *user_data));
CALLBACK_TYPE(void, spdylay_on_request_recv_callback,
              (spdylay_session * session, int32_t stream_id, void *user_data));
CALLBACK_TYPE(void, spdylay_on_ctrl_recv_parse_error_callback,
              (spdylay_session * session, spdylay_frame_type type,
               const uint8_t *head, size_t headlen, const uint8_t *payload,
               size_t payloadlen, int error_code, void *user_data));
CALLBACK_TYPE(void, spdylay_on_unknown_ctrl_recv_callback,
              (spdylay_session * session, const uint8_t *head, size_t headlen,
               const uint8_t *payload, size_t payloadlen, void *user_data));
CALLBACK_TYPE(ssize_t, spdylay_get_credential_proof,
              (spdylay_session * session, const spdylay_origin *origin,
               uint8_t *proof, size_t prooflen, void *user_data));
CALLBACK_TYPE(ssize_t, spdylay_get_credential_ncerts,
              (spdylay_session * session, const spdylay_origin *origin,
               void *user_data));
CALLBACK_TYPE(ssize_t, spdylay_get_credential_cert,
              (spdylay_session * session, const spdylay_origin *origin,
               size_t idx, uint8_t *cert, size_t certlen, void *user_data));

#ifndef ABI_1_4
CALLBACK_TYPE(void, spdylay_on_stream_remote_close_callback,
              (spdylay_session * session, int32_t stream_id, void *user_data));
#endif

/* Functions --------------------------------------------------------------- */

#ifdef ABI_1_4
#  define FUNCTIONS 41
#else
#  define FUNCTIONS 50
#endif

static int functions = 0;

/* The pointer is initialised only by a function of exactly this type. It is
   volatile lest the compiler knows that no function is at NULL. */
#define FUNCTION(result, name, parameters) \
  do { \
    result(*volatile function) parameters = name; \
    if (function) { \
      ++functions; \
    } \
  } while (0)

static void count_functions(void)
{
  FUNCTION(const char *, spdylay_origin_get_scheme, (const spdylay_origin *));
  FUNCTION(const char *, spdylay_origin_get_host, (const spdylay_origin *));
  FUNCTION(uint16_t, spdylay_origin_get_port, (const spdylay_origin *));
  FUNCTION(int, spdylay_session_client_new,
           (spdylay_session **, uint16_t, const spdylay_session_callbacks *,
            void *));
  FUNCTION(int, spdylay_session_server_new,
           (spdylay_session **, uint16_t, const spdylay_session_callbacks *,
            void *));
  FUNCTION(void, spdylay_session_del, (spdylay_session *));
  FUNCTION(int, spdylay_session_set_option,
           (spdylay_session *, int, void *, size_t));
  FUNCTION(int, spdylay_session_set_initial_client_cert_origin,
           (spdylay_session *, const char *, const char *, uint16_t));
  FUNCTION(const spdylay_origin *, spdylay_session_get_client_cert_origin,
           (spdylay_session *, size_t));
  FUNCTION(int, spdylay_session_send, (spdylay_session *));
  FUNCTION(int, spdylay_session_recv, (spdylay_session *));
  FUNCTION(ssize_t, spdylay_session_mem_recv,
           (spdylay_session *, const uint8_t *, size_t));
  FUNCTION(int, spdylay_session_resume_data, (spdylay_session *, int32_t));
  FUNCTION(int, spdylay_session_want_read, (spdylay_session *));
  FUNCTION(int, spdylay_session_want_write, (spdylay_session *));
  FUNCTION(void *, spdylay_session_get_stream_user_data,
           (spdylay_session *, int32_t));
  FUNCTION(int, spdylay_session_set_stream_user_data,
           (spdylay_session *, int32_t, void *));
  FUNCTION(size_t, spdylay_session_get_outbound_queue_size,
           (spdylay_session *));
  FUNCTION(uint8_t, spdylay_session_get_pri_lowest, (spdylay_session *));
  FUNCTION(int32_t, spdylay_session_get_stream_recv_data_length,
           (spdylay_session *, int32_t));
  FUNCTION(int32_t, spdylay_session_get_recv_data_length,
           (spdylay_session *));
  FUNCTION(int, spdylay_session_fail_session, (spdylay_session *, uint32_t));
  FUNCTION(int, spdylay_session_consume, (spdylay_session *, int32_t, size_t));
  FUNCTION(const char *, spdylay_strerror, (int));
  FUNCTION(int, spdylay_submit_request,
           (spdylay_session *, uint8_t, const char **,
            const spdylay_data_provider *, void *));
  FUNCTION(int, spdylay_submit_response,
           (spdylay_session *, int32_t, const char **,
            const spdylay_data_provider *));
  FUNCTION(int, spdylay_submit_syn_stream,
           (spdylay_session *, uint8_t, int32_t, uint8_t, const char **,
            void *));
  FUNCTION(int, spdylay_submit_syn_reply,
           (spdylay_session *, uint8_t, int32_t, const char **));
  FUNCTION(int, spdylay_submit_headers,
           (spdylay_session *, uint8_t, int32_t, const char **));
  FUNCTION(int, spdylay_submit_data,
           (spdylay_session *, int32_t, uint8_t,
            const spdylay_data_provider *));
  FUNCTION(int, spdylay_submit_rst_stream,
           (spdylay_session *, int32_t, uint32_t));
  FUNCTION(int, spdylay_submit_ping, (spdylay_session *));
  FUNCTION(int, spdylay_submit_goaway, (spdylay_session *, uint32_t));
  FUNCTION(int, spdylay_submit_settings,
           (spdylay_session *, uint8_t, const spdylay_settings_entry *,
            size_t));
  FUNCTION(int, spdylay_submit_window_update,
           (spdylay_session *, int32_t, int32_t));
  FUNCTION(int, spdylay_select_next_protocol,
           (unsigned char **, unsigned char *, const unsigned char *,
            unsigned int));
  FUNCTION(const spdylay_npn_proto *, spdylay_npn_get_proto_list, (size_t *));
  FUNCTION(uint16_t, spdylay_npn_get_version, (const unsigned char *, size_t));
  FUNCTION(int, spdylay_gzip_inflate_new, (spdylay_gzip **));
  FUNCTION(void, spdylay_gzip_inflate_del, (spdylay_gzip *));
  FUNCTION(int, spdylay_gzip_inflate,
           (spdylay_gzip *, uint8_t *, size_t *, const uint8_t *, size_t *));
#ifndef ABI_1_4
  FUNCTION(ssize_t, spdylay_session_mem_send,
           (spdylay_session *, const uint8_t **));
  FUNCTION(int, spdylay_session_get_stream_local_close,
           (spdylay_session *, int32_t));
  FUNCTION(int, spdylay_session_get_stream_remote_close,
           (spdylay_session *, int32_t));
  FUNCTION(int, spdylay_session_set_on_stream_remote_close_callback,
           (spdylay_session *, spdylay_on_stream_remote_close_callback));
  FUNCTION(int, spdylay_submit_fin, (spdylay_session *, int32_t));
  FUNCTION(int, spdylay_session_shutdown, (spdylay_session *, uint32_t));
  FUNCTION(int, spdylay_session_set_recv_paused, (spdylay_session *, int));
  FUNCTION(int64_t, spdylay_session_get_ping_rtt, (spdylay_session *));
  FUNCTION(int64_t, spdylay_session_keep_alive, (spdylay_session *, uint32_t));
#endif
}

int main(void)
{
  count_functions();
  printf("%s %d %s\n", SPDYLAY_VERSION, functions,
         spdylay_strerror(SPDYLAY_ERR_NOMEM));
  return functions == FUNCTIONS && strlen(SPDYLAY_VERSION) > 0 ? 0 : 1;
}
