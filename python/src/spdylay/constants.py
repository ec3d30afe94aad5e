"""The numbers of the protocol and of the library, under the names of the C header without ``SPDYLAY_``."""

from typing import Final as _Final

# Which end of the connection a session is.
CLIENT: _Final = 1
SERVER: _Final = 2

# Versions of the protocol.
PROTO_SPDY2: _Final = 2
PROTO_SPDY3: _Final = 3
PROTO_SPDY3_1: _Final = 4

# What a data provider sets in ReadCtrl.flags with its last bytes.
READ_EOF: _Final = 1

# Errors. Those below ERR_FATAL are fatal for the session.
ERR_INVALID_ARGUMENT: _Final = -501
ERR_ZLIB: _Final = -502
ERR_UNSUPPORTED_VERSION: _Final = -503
ERR_WOULDBLOCK: _Final = -504
ERR_PROTO: _Final = -505
ERR_INVALID_FRAME: _Final = -506
ERR_EOF: _Final = -507
ERR_DEFERRED: _Final = -508
ERR_STREAM_ID_NOT_AVAILABLE: _Final = -509
ERR_STREAM_CLOSED: _Final = -510
ERR_STREAM_CLOSING: _Final = -511
ERR_STREAM_SHUT_WR: _Final = -512
ERR_INVALID_STREAM_ID: _Final = -513
ERR_INVALID_STREAM_STATE: _Final = -514
ERR_DEFERRED_DATA_EXIST: _Final = -515
ERR_SYN_STREAM_NOT_ALLOWED: _Final = -516
ERR_GOAWAY_ALREADY_SENT: _Final = -517
ERR_INVALID_HEADER_BLOCK: _Final = -518
ERR_INVALID_STATE: _Final = -519
ERR_GZIP: _Final = -520
ERR_TEMPORAL_CALLBACK_FAILURE: _Final = -521
ERR_FRAME_TOO_LARGE: _Final = -522
ERR_FATAL: _Final = -900
ERR_NOMEM: _Final = -901
ERR_CALLBACK_FAILURE: _Final = -902

# Types of control frames.
SYN_STREAM: _Final = 1
SYN_REPLY: _Final = 2
RST_STREAM: _Final = 3
SETTINGS: _Final = 4
NOOP: _Final = 5
PING: _Final = 6
GOAWAY: _Final = 7
HEADERS: _Final = 8
WINDOW_UPDATE: _Final = 9
CREDENTIAL: _Final = 10

# Flags of SYN_STREAM, SYN_REPLY and HEADERS.
CTRL_FLAG_NONE: _Final = 0
CTRL_FLAG_FIN: _Final = 1
CTRL_FLAG_UNIDIRECTIONAL: _Final = 2

# Flags of DATA.
DATA_FLAG_NONE: _Final = 0
DATA_FLAG_FIN: _Final = 1

# Why a stream ended.
OK: _Final = 0
PROTOCOL_ERROR: _Final = 1
INVALID_STREAM: _Final = 2
REFUSED_STREAM: _Final = 3
UNSUPPORTED_VERSION: _Final = 4
CANCEL: _Final = 5
INTERNAL_ERROR: _Final = 6
FLOW_CONTROL_ERROR: _Final = 7
STREAM_IN_USE: _Final = 8
STREAM_ALREADY_CLOSED: _Final = 9
INVALID_CREDENTIALS: _Final = 10
FRAME_TOO_LARGE: _Final = 11

# Why a session ends.
GOAWAY_OK: _Final = 0
GOAWAY_PROTOCOL_ERROR: _Final = 1
GOAWAY_INTERNAL_ERROR: _Final = 2

# Flags of a SETTINGS frame.
FLAG_SETTINGS_NONE: _Final = 0
FLAG_SETTINGS_CLEAR_SETTINGS: _Final = 1

# Flags of one entry of a SETTINGS frame.
ID_FLAG_SETTINGS_NONE: _Final = 0
ID_FLAG_SETTINGS_PERSIST_VALUE: _Final = 1
ID_FLAG_SETTINGS_PERSISTED: _Final = 2

# Ids of entries of a SETTINGS frame.
SETTINGS_UPLOAD_BANDWIDTH: _Final = 1
SETTINGS_DOWNLOAD_BANDWIDTH: _Final = 2
SETTINGS_ROUND_TRIP_TIME: _Final = 3
SETTINGS_MAX_CONCURRENT_STREAMS: _Final = 4
SETTINGS_CURRENT_CWND: _Final = 5
SETTINGS_DOWNLOAD_RETRANS_RATE: _Final = 6
SETTINGS_INITIAL_WINDOW_SIZE: _Final = 7
SETTINGS_CLIENT_CERTIFICATE_VECTOR_SIZE: _Final = 8
SETTINGS_MAX: _Final = 8

# Options of a session.
OPT_NO_AUTO_WINDOW_UPDATE: _Final = 1
OPT_MAX_RECV_CTRL_FRAME_BUFFER: _Final = 2
OPT_NO_AUTO_WINDOW_UPDATE2: _Final = 3
# Not in libspdylay 1.4.
OPT_NO_FLOW_CONTROL: _Final = 101
OPT_MAX_DATA_PAYLOAD: _Final = 102
OPT_HTTP_RULES: _Final = 103

# What a session starts with, before any SETTINGS.
INITIAL_MAX_CONCURRENT_STREAMS: _Final = 2**31 - 1
INITIAL_WINDOW_SIZE: _Final = 65536
