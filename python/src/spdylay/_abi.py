"""The C interface of libspdylay in terms of ctypes: structures, callback types and the functions with their types.

Everything is as in ``spdylay/spdylay.h``, where it is described. Pointers that Python only carries or computes with
are ``c_void_p``, which ctypes turns into plain integers.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
    Union,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint8,
    c_uint16,
    c_uint32,
    c_void_p,
)
from typing import Any, Callable, NoReturn

from . import _library


class CtrlHd(Structure):
    _fields_ = [("version", c_uint16), ("type", c_uint16), ("flags", c_uint8), ("length", c_int32)]


class SynStream(Structure):
    _fields_ = [
        ("hd", CtrlHd),
        ("stream_id", c_int32),
        ("assoc_stream_id", c_int32),
        ("pri", c_uint8),
        ("slot", c_uint8),
        ("nv", POINTER(c_char_p)),
    ]


class SynReply(Structure):
    _fields_ = [("hd", CtrlHd), ("stream_id", c_int32), ("nv", POINTER(c_char_p))]


class Headers(Structure):
    _fields_ = [("hd", CtrlHd), ("stream_id", c_int32), ("nv", POINTER(c_char_p))]


class RstStream(Structure):
    _fields_ = [("hd", CtrlHd), ("stream_id", c_int32), ("status_code", c_uint32)]


class SettingsEntry(Structure):
    _fields_ = [("settings_id", c_int32), ("flags", c_uint8), ("value", c_uint32)]


class Settings(Structure):
    _fields_ = [("hd", CtrlHd), ("niv", c_size_t), ("iv", POINTER(SettingsEntry))]


class Ping(Structure):
    _fields_ = [("hd", CtrlHd), ("unique_id", c_uint32)]


class Goaway(Structure):
    _fields_ = [("hd", CtrlHd), ("last_good_stream_id", c_int32), ("status_code", c_uint32)]


class WindowUpdate(Structure):
    _fields_ = [("hd", CtrlHd), ("stream_id", c_int32), ("delta_window_size", c_int32)]


class Frame(Union):
    """The frame that callbacks get. Its CREDENTIAL member never occurs, and Python never allocates a frame."""

    _fields_ = [
        ("hd", CtrlHd),
        ("syn_stream", SynStream),
        ("syn_reply", SynReply),
        ("rst_stream", RstStream),
        ("settings", Settings),
        ("ping", Ping),
        ("goaway", Goaway),
        ("headers", Headers),
        ("window_update", WindowUpdate),
    ]


class NpnProto(Structure):
    _fields_ = [("proto", c_char_p), ("len", c_uint8), ("version", c_uint16)]


# Callbacks. The first argument is the session and the last the user data, which is the key of the Python session.
_callback: Any = ctypes.CFUNCTYPE
SendCallback = _callback(c_ssize_t, c_void_p, c_void_p, c_size_t, c_int, c_void_p)
RecvCallback = _callback(c_ssize_t, c_void_p, c_void_p, c_size_t, c_int, c_void_p)
FrameCallback = _callback(None, c_void_p, c_int, POINTER(Frame), c_void_p)
FrameCodeCallback = _callback(None, c_void_p, c_int, POINTER(Frame), c_int, c_void_p)
FrameStatusCallback = _callback(None, c_void_p, c_int, POINTER(Frame), c_uint32, c_void_p)
DataChunkCallback = _callback(None, c_void_p, c_uint8, c_int32, c_void_p, c_size_t, c_void_p)
DataCallback = _callback(None, c_void_p, c_uint8, c_int32, c_int32, c_void_p)
StreamCloseCallback = _callback(None, c_void_p, c_int32, c_uint32, c_void_p)
RequestRecvCallback = _callback(None, c_void_p, c_int32, c_void_p)
StreamRemoteCloseCallback = _callback(None, c_void_p, c_int32, c_void_p)
ParseErrorCallback = _callback(None, c_void_p, c_int, c_void_p, c_size_t, c_void_p, c_size_t, c_int, c_void_p)
UnknownCtrlCallback = _callback(None, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p)
ReadCallback = _callback(c_ssize_t, c_void_p, c_int32, c_void_p, c_size_t, POINTER(c_int), POINTER(c_void_p), c_void_p)


class SessionCallbacks(Structure):
    _fields_ = [
        ("send", SendCallback),
        ("recv", RecvCallback),
        ("on_ctrl_recv", FrameCallback),
        ("on_invalid_ctrl_recv", FrameStatusCallback),
        ("on_data_chunk_recv", DataChunkCallback),
        ("on_data_recv", DataCallback),
        ("before_ctrl_send", FrameCallback),
        ("on_ctrl_send", FrameCallback),
        ("on_ctrl_not_send", FrameCodeCallback),
        ("on_data_send", DataCallback),
        ("on_stream_close", StreamCloseCallback),
        ("on_request_recv", RequestRecvCallback),
        ("get_credential_proof", c_void_p),
        ("get_credential_ncerts", c_void_p),
        ("get_credential_cert", c_void_p),
        ("on_ctrl_recv_parse_error", ParseErrorCallback),
        ("on_unknown_ctrl_recv", UnknownCtrlCallback),
    ]


class DataProvider(Structure):
    """The union for the source has the size of a pointer, and Python uses it as one."""

    _fields_ = [("source", c_void_p), ("read_callback", ReadCallback)]


_lib = _library.load()
path: str = _lib._name

Function = Callable[..., Any]


def _find(name: str, result: Any, arguments: tuple[Any, ...]) -> Function | None:
    function = getattr(_lib, name, None)
    if function is not None:
        function.restype = result
        function.argtypes = arguments
    return function


def _function(name: str, result: Any, *arguments: Any) -> Function:
    function = _find(f"spdylay_{name}", result, arguments)
    if function is None:
        raise ImportError(f"{path} is not a libspdylay: it has no spdylay_{name}")
    return function


def _new_function(name: str, result: Any, *arguments: Any) -> Function:
    """One that libspdylay 1.4 does not have; with that, calling it raises NotImplementedError."""

    def missing(*_arguments: Any) -> NoReturn:
        raise NotImplementedError(f"{path} has no spdylay_{name}")

    return _find(f"spdylay_{name}", result, arguments) or missing


_session = c_void_p
_new_arguments = (POINTER(_session), c_uint16, POINTER(SessionCallbacks), c_void_p)
_nv = POINTER(c_char_p)

session_client_new = _function("session_client_new", c_int, *_new_arguments)
session_server_new = _function("session_server_new", c_int, *_new_arguments)
session_del = _function("session_del", None, _session)
session_send = _function("session_send", c_int, _session)
session_recv = _function("session_recv", c_int, _session)
session_mem_recv = _function("session_mem_recv", c_ssize_t, _session, c_void_p, c_size_t)
session_resume_data = _function("session_resume_data", c_int, _session, c_int32)
session_want_read = _function("session_want_read", c_int, _session)
session_want_write = _function("session_want_write", c_int, _session)
session_get_stream_user_data = _function("session_get_stream_user_data", c_void_p, _session, c_int32)
session_set_stream_user_data = _function("session_set_stream_user_data", c_int, _session, c_int32, c_void_p)
session_get_outbound_queue_size = _function("session_get_outbound_queue_size", c_size_t, _session)
session_get_pri_lowest = _function("session_get_pri_lowest", c_uint8, _session)
session_get_stream_recv_data_length = _function("session_get_stream_recv_data_length", c_int32, _session, c_int32)
session_get_recv_data_length = _function("session_get_recv_data_length", c_int32, _session)
session_set_option = _function("session_set_option", c_int, _session, c_int, c_void_p, c_size_t)
session_consume = _function("session_consume", c_int, _session, c_int32, c_size_t)
session_fail_session = _function("session_fail_session", c_int, _session, c_uint32)
session_mem_send = _new_function("session_mem_send", c_ssize_t, _session, POINTER(c_void_p))
session_set_recv_paused = _new_function("session_set_recv_paused", c_int, _session, c_int)
session_shutdown = _new_function("session_shutdown", c_int, _session, c_uint32)
session_get_stream_local_close = _new_function("session_get_stream_local_close", c_int, _session, c_int32)
session_get_stream_remote_close = _new_function("session_get_stream_remote_close", c_int, _session, c_int32)
session_set_on_stream_remote_close_callback = _new_function(
    "session_set_on_stream_remote_close_callback", c_int, _session, StreamRemoteCloseCallback
)
session_get_ping_rtt = _new_function("session_get_ping_rtt", c_int64, _session)
session_keep_alive = _new_function("session_keep_alive", c_int64, _session, c_uint32)

submit_request = _function("submit_request", c_int, _session, c_uint8, _nv, POINTER(DataProvider), c_void_p)
submit_response = _function("submit_response", c_int, _session, c_int32, _nv, POINTER(DataProvider))
submit_syn_stream = _function("submit_syn_stream", c_int, _session, c_uint8, c_int32, c_uint8, _nv, c_void_p)
submit_syn_reply = _function("submit_syn_reply", c_int, _session, c_uint8, c_int32, _nv)
submit_headers = _function("submit_headers", c_int, _session, c_uint8, c_int32, _nv)
submit_data = _function("submit_data", c_int, _session, c_int32, c_uint8, POINTER(DataProvider))
submit_rst_stream = _function("submit_rst_stream", c_int, _session, c_int32, c_uint32)
submit_ping = _function("submit_ping", c_int, _session)
submit_goaway = _function("submit_goaway", c_int, _session, c_uint32)
submit_settings = _function("submit_settings", c_int, _session, c_uint8, POINTER(SettingsEntry), c_size_t)
submit_window_update = _function("submit_window_update", c_int, _session, c_int32, c_int32)
submit_fin = _new_function("submit_fin", c_int, _session, c_int32)

strerror = _function("strerror", c_char_p, c_int)
npn_get_proto_list = _function("npn_get_proto_list", POINTER(NpnProto), POINTER(c_size_t))
npn_get_version = _function("npn_get_version", c_uint16, c_void_p, c_size_t)
