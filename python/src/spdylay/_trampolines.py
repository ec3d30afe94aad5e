"""The functions that the library calls, and how they reach the callbacks of a Python session.

There is one function for each kind of callback, shared by all sessions. The user data that the library passes along is
the key of a session in :data:`running`.

No exception can pass through C. It is kept here in the session, the library is told to stop where its callback can say
so, and :meth:`Session._drive` raises it once the library has returned.
"""

from __future__ import annotations

import ctypes
import logging
from typing import TYPE_CHECKING, Any

from . import _abi, constants
from .errors import CallbackFailureError, TemporalCallbackFailureError
from .frames import from_c
from .provider import ReadCtrl

if TYPE_CHECKING:
    from .session import Session

running: dict[int, Session] = {}
"""The sessions that are inside a call which makes callbacks; this also keeps them alive."""


log = logging.getLogger("spdylay")


def _keep(session: Session, error: BaseException) -> None:
    """Keeps the first exception of a call. Further ones can only be logged."""
    if session._error is None:
        session._error = error
    else:
        log.error("a second callback of %r has failed in the same call", session, exc_info=error)


def _notify(key: int, name: str, *arguments: Any) -> None:
    session = running[key]
    try:
        session._callbacks[name](session, *arguments)
    except BaseException as error:
        _keep(session, error)


@_abi.SendCallback
def send(_session: int, data: int, length: int, _flags: int, key: int) -> int:
    session = running[key]
    if session._error is not None:
        return constants.ERR_CALLBACK_FAILURE
    try:
        if session._outgoing is not None:
            return session._outgoing.append(data, length) or constants.ERR_WOULDBLOCK
        if "send_cb" not in session._callbacks:
            raise CallbackFailureError("send() needs send_cb")
        sent = session._callbacks["send_cb"](session, ctypes.string_at(data, length))
        if not sent:
            return constants.ERR_WOULDBLOCK
        if not 0 < sent <= length:
            raise CallbackFailureError(f"send_cb was given {length} bytes and returned {sent!r}")
        return int(sent)
    except BaseException as error:
        _keep(session, error)
        return constants.ERR_CALLBACK_FAILURE


@_abi.RecvCallback
def recv(_session: int, buffer: int, length: int, _flags: int, key: int) -> int:
    session = running[key]
    if session._error is not None:
        return constants.ERR_CALLBACK_FAILURE
    try:
        data = session._callbacks["recv_cb"](session, length)
        if not data:
            return constants.ERR_WOULDBLOCK
        return _copy("recv_cb", data, buffer, length)
    except EOFError as error:
        _keep(session, error)
        return constants.ERR_EOF
    except BaseException as error:
        _keep(session, error)
        return constants.ERR_CALLBACK_FAILURE


@_abi.ReadCallback
def read(_session: int, stream_id: int, buffer: int, length: int, eof: Any, source: Any, key: int) -> int:
    session = running[key]
    provider_key = source[0]
    result = constants.ERR_CALLBACK_FAILURE
    try:
        provider = session._sources.get(stream_id, provider_key)
        control = ReadCtrl()
        data = provider.read_cb(session, stream_id, length, control, provider.source)
        if isinstance(data, int):
            if data >= 0:
                raise CallbackFailureError(f"read_cb returned {data}, which is neither bytes nor an error code")
            result = data
        else:
            result = _copy("read_cb", data, buffer, length) if data else 0
            eof[0] = bool(control.flags & constants.READ_EOF)
    except TemporalCallbackFailureError:
        result = constants.ERR_TEMPORAL_CALLBACK_FAILURE
    except BaseException as error:
        _keep(session, error)
        result = constants.ERR_CALLBACK_FAILURE
    if eof[0] or (result < 0 and result != constants.ERR_DEFERRED):
        session._sources.drop(stream_id, provider_key)
    return result


def _copy(name: str, data: bytes | bytearray | memoryview, buffer: int, length: int) -> int:
    """Copies what a callback returned to where the library wants it; returns its length."""
    if not isinstance(data, bytes):
        data = bytes(data)
    if len(data) > length:
        raise CallbackFailureError(f"{name} may return {length} bytes and returned {len(data)}")
    ctypes.memmove(buffer, data, len(data))
    return len(data)


@_abi.FrameCallback
def on_ctrl_recv(_session: int, frame_type: int, frame: Any, key: int) -> None:
    _notify(key, "on_ctrl_recv_cb", from_c(frame_type, frame))


@_abi.FrameStatusCallback
def on_invalid_ctrl_recv(_session: int, frame_type: int, frame: Any, status_code: int, key: int) -> None:
    _notify(key, "on_invalid_ctrl_recv_cb", from_c(frame_type, frame), status_code)


@_abi.DataChunkCallback
def on_data_chunk_recv(_session: int, flags: int, stream_id: int, data: int, length: int, key: int) -> None:
    _notify(key, "on_data_chunk_recv_cb", flags, stream_id, ctypes.string_at(data, length))


@_abi.DataCallback
def on_data_recv(_session: int, flags: int, stream_id: int, length: int, key: int) -> None:
    _notify(key, "on_data_recv_cb", flags, stream_id, length)


@_abi.FrameCallback
def before_ctrl_send(_session: int, frame_type: int, frame: Any, key: int) -> None:
    _notify(key, "before_ctrl_send_cb", from_c(frame_type, frame))


@_abi.FrameCallback
def on_ctrl_send(_session: int, frame_type: int, frame: Any, key: int) -> None:
    _notify(key, "on_ctrl_send_cb", from_c(frame_type, frame))


# After these two a stream that was not even created gets no on_stream_close.
_NO_STREAM = (constants.ERR_FRAME_TOO_LARGE, constants.ERR_ZLIB)


@_abi.FrameCodeCallback
def on_ctrl_not_send(_session: int, frame_type: int, frame: Any, error_code: int, key: int) -> None:
    session = running[key]
    if "on_ctrl_not_send_cb" in session._callbacks:
        _notify(key, "on_ctrl_not_send_cb", from_c(frame_type, frame), error_code)
    if frame_type == constants.SYN_STREAM and error_code in _NO_STREAM:
        session._forget_stream(frame.contents.syn_stream.stream_id)


@_abi.DataCallback
def on_data_send(_session: int, flags: int, stream_id: int, length: int, key: int) -> None:
    _notify(key, "on_data_send_cb", flags, stream_id, length)


@_abi.StreamCloseCallback
def on_stream_close(_session: int, stream_id: int, status_code: int, key: int) -> None:
    session = running[key]
    if "on_stream_close_cb" in session._callbacks:
        _notify(key, "on_stream_close_cb", stream_id, status_code)
    session._forget_stream(stream_id)


@_abi.RequestRecvCallback
def on_request_recv(_session: int, stream_id: int, key: int) -> None:
    _notify(key, "on_request_recv_cb", stream_id)


@_abi.StreamRemoteCloseCallback
def on_stream_remote_close(_session: int, stream_id: int, key: int) -> None:
    _notify(key, "on_stream_remote_close_cb", stream_id)


@_abi.ParseErrorCallback
def on_ctrl_recv_parse_error(
    _session: int,
    frame_type: int,
    head: int,
    head_length: int,
    payload: int,
    payload_length: int,
    error_code: int,
    key: int,
) -> None:
    _notify(
        key,
        "on_ctrl_recv_parse_error_cb",
        frame_type,
        ctypes.string_at(head, head_length),
        _bytes_at(payload, payload_length),
        error_code,
    )


@_abi.UnknownCtrlCallback
def on_unknown_ctrl_recv(
    _session: int, head: int, head_length: int, payload: int, payload_length: int, key: int
) -> None:
    _notify(
        key,
        "on_unknown_ctrl_recv_cb",
        ctypes.string_at(head, head_length),
        _bytes_at(payload, payload_length),
    )


def _bytes_at(address: int | None, length: int) -> bytes:
    return ctypes.string_at(address, length) if address else b""


# Set in all sessions: without them there is no telling when something is not needed any more.
_ALWAYS = {
    "send": send,
    "on_ctrl_not_send": on_ctrl_not_send,
    "on_stream_close": on_stream_close,
}
_BY_CALLBACK = {
    "recv_cb": ("recv", recv),
    "on_ctrl_recv_cb": ("on_ctrl_recv", on_ctrl_recv),
    "on_invalid_ctrl_recv_cb": ("on_invalid_ctrl_recv", on_invalid_ctrl_recv),
    "on_data_chunk_recv_cb": ("on_data_chunk_recv", on_data_chunk_recv),
    "on_data_recv_cb": ("on_data_recv", on_data_recv),
    "before_ctrl_send_cb": ("before_ctrl_send", before_ctrl_send),
    "on_ctrl_send_cb": ("on_ctrl_send", on_ctrl_send),
    "on_data_send_cb": ("on_data_send", on_data_send),
    "on_request_recv_cb": ("on_request_recv", on_request_recv),
    "on_ctrl_recv_parse_error_cb": ("on_ctrl_recv_parse_error", on_ctrl_recv_parse_error),
    "on_unknown_ctrl_recv_cb": ("on_unknown_ctrl_recv", on_unknown_ctrl_recv),
}


def table_for(callbacks: dict[str, Any]) -> _abi.SessionCallbacks:
    """Returns the table of C callbacks for a session that has these Python callbacks."""
    table = _abi.SessionCallbacks()
    for member, function in _ALWAYS.items():
        setattr(table, member, function)
    for name, (member, function) in _BY_CALLBACK.items():
        if name in callbacks:
            setattr(table, member, function)
    return table
