"""The exceptions of this package, one for each error code that a function of the library can return."""

from __future__ import annotations

import builtins
from typing import NoReturn

from . import _abi, constants


def strerror(code: int) -> str:
    """Returns the library's text for an error code, one of the ``ERR_`` constants."""
    text: bytes = _abi.strerror(code)
    return text.decode("ascii")


_STATUS_NAMES = (
    "OK",
    "PROTOCOL_ERROR",
    "INVALID_STREAM",
    "REFUSED_STREAM",
    "UNSUPPORTED_VERSION",
    "CANCEL",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "STREAM_IN_USE",
    "STREAM_ALREADY_CLOSED",
    "INVALID_CREDENTIALS",
    "FRAME_TOO_LARGE",
)


def status_name(status_code: int) -> str:
    """Returns the name of the status of a stream, or the number as text if it has none."""
    return _STATUS_NAMES[status_code] if status_code < len(_STATUS_NAMES) else str(status_code)


# The same class, so that `raise EOFError` in recv_cb and `except spdylay.EOFError` around recv() meet.
EOFError = builtins.EOFError


class SpdylayError(Exception):
    """The base of all exceptions of this package, but for EOFError.

    Without a message it has the library's text for its code.
    """

    code: int = constants.ERR_FATAL
    """The library's code for this error, one of the ``ERR_`` constants."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(strerror(self.code) if message is None else message)


class InvalidArgumentError(SpdylayError, ValueError):
    """An argument is out of range, or does not fit the session."""

    code = constants.ERR_INVALID_ARGUMENT


class ZlibError(SpdylayError):
    """Header compression failed."""

    code = constants.ERR_ZLIB


class UnsupportedVersionError(SpdylayError):
    """The library does not speak this version of SPDY."""

    code = constants.ERR_UNSUPPORTED_VERSION


class StreamIDNotAvailableError(SpdylayError):
    """All stream ids are used up: new streams need a new connection."""

    code = constants.ERR_STREAM_ID_NOT_AVAILABLE


class StreamClosedError(SpdylayError):
    """The stream is closed, or was never opened."""

    code = constants.ERR_STREAM_CLOSED


class InvalidStateError(SpdylayError):
    """The call does not fit the state of the session: it is closed, the call is nested in one of the same direction, or
    the option it needs is off."""

    code = constants.ERR_INVALID_STATE


class TemporalCallbackFailureError(SpdylayError):
    """Raised by a data provider to give up its stream, which is reset with INTERNAL_ERROR. The session goes on."""

    code = constants.ERR_TEMPORAL_CALLBACK_FAILURE


class NoMemoryError(SpdylayError, MemoryError):
    """Memory is exhausted, or the session's queue is full."""

    code = constants.ERR_NOMEM


class CallbackFailureError(SpdylayError):
    """A callback failed. Callbacks may raise it themselves, as they may raise anything else."""

    code = constants.ERR_CALLBACK_FAILURE


class FatalError(SpdylayError):
    """The library met an internal error; the session can only be closed."""

    code = constants.ERR_FATAL


class NegotiationError(SpdylayError, ConnectionError):
    """The peer does not speak SPDY, or not the version asked for."""

    code = constants.ERR_UNSUPPORTED_VERSION


class StreamResetError(SpdylayError, ConnectionResetError):
    """A stream was reset, or its connection lost, before it was finished."""

    code = constants.ERR_STREAM_CLOSED

    def __init__(self, status_code: int) -> None:
        super().__init__(f"the stream was reset: {status_name(status_code)}")
        self.status_code = status_code
        """The reason: PROTOCOL_ERROR, CANCEL, and so on."""


class SessionInUseError(RuntimeError):
    """Two threads used one session at the same time."""

    def __init__(self) -> None:
        super().__init__(
            "another thread is using this session: give each session to one thread, or guard it with a lock"
        )


_BY_CODE: dict[int, type[SpdylayError]] = {
    error.code: error
    for error in (
        InvalidArgumentError,
        ZlibError,
        UnsupportedVersionError,
        StreamIDNotAvailableError,
        StreamClosedError,
        InvalidStateError,
        TemporalCallbackFailureError,
        NoMemoryError,
        CallbackFailureError,
    )
}


def raise_for(code: int) -> NoReturn:
    """Raises the exception for a negative result of the library."""
    if code == constants.ERR_EOF:
        raise EOFError(strerror(code))
    raise _BY_CODE.get(code, FatalError)()
