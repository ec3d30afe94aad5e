"""One end of one SPDY connection."""

from __future__ import annotations

import ctypes
from types import TracebackType
from typing import Any

from . import _abi, constants
from ._arguments import check, check_stream, pointer
from ._core import PRESENT, Callback
from ._outgoing import Outgoing
from ._submitting import Submitting
from .errors import InvalidArgumentError, InvalidStateError, raise_for


class Session(Submitting):
    """One end of one SPDY connection: bytes in, callbacks out; submitted frames in, bytes out.

    *side* is CLIENT or SERVER, *version* one of PROTO_SPDY2, PROTO_SPDY3 and PROTO_SPDY3_1. *user_data* is any object;
    it is readable as the attribute of that name. *config* has no meaning and keeps the order of arguments that
    python-spdylay had.

    All callbacks get the session as their first argument and are optional:

    ``recv_cb(session, length)``
        For :meth:`recv` without data. Returns up to *length* bytes received; ``b""`` or None if there are none now.
        Raises EOFError when the peer has closed the connection.
    ``send_cb(session, data)``
        For :meth:`send`. Sends all or part of *data* and returns how many bytes it took; 0 or None if none now.
    ``on_ctrl_recv_cb(session, frame)``
        A control frame was received.
    ``on_invalid_ctrl_recv_cb(session, frame, status_code)``
        A control frame was received that breaks the rules. RST_STREAM or GOAWAY answers it.
    ``on_data_chunk_recv_cb(session, flags, stream_id, data)``
        A piece of a DATA frame was received. *flags* are those of the whole frame.
    ``on_data_recv_cb(session, flags, stream_id, length)``
        A DATA frame of *length* bytes is complete. With DATA_FLAG_FIN in *flags* it is the stream's last.
    ``before_ctrl_send_cb(session, frame)``
        A control frame is about to be sent. From here on a new stream exists and its user data can be read.
    ``on_ctrl_send_cb(session, frame)``
        A control frame was sent.
    ``on_ctrl_not_send_cb(session, frame, error_code)``
        A control frame will not be sent; *error_code* is one of the ``ERR_`` constants.
    ``on_data_send_cb(session, flags, stream_id, length)``
        A DATA frame was sent.
    ``on_stream_close_cb(session, stream_id, status_code)``
        A stream ended, OK or why. Its user data can be read one last time.
    ``on_request_recv_cb(session, stream_id)``
        The peer has finished a stream it opened: the request is complete.
    ``on_ctrl_recv_parse_error_cb(session, type, head, payload, error_code)``
        A control frame could not be decoded. GOAWAY answers it.
    ``on_unknown_ctrl_recv_cb(session, head, payload)``
        A control frame of unknown type was received.
    ``on_stream_remote_close_cb(session, stream_id)``
        The peer has ended its side of a stream, whichever side opened it: nothing more comes on it. Not in
        libspdylay 1.4.

    An exception raised in a callback comes out of the call that led to it, which is :meth:`send`, :meth:`recv` or
    :meth:`data_to_send`, with its traceback. That call ends as early as it can without losing bytes, so some more
    callbacks may come first; if one of those fails as well it is logged, by the logger ``spdylay``. The session can be
    used again afterwards.

    The session keeps what it is given for as long as it needs it. Callbacks may call any method, except that a call is
    not to be nested in one of the same direction. Only one thread may use a session at a time: what comes while another
    is at it gets SessionInUseError.

    Raises InvalidArgumentError, UnsupportedVersionError or, if memory is exhausted, NoMemoryError; with libspdylay 1.4
    NotImplementedError for ``on_stream_remote_close_cb``.
    """

    def __init__(
        self,
        side: int,
        version: int,
        config: object = None,
        send_cb: Callback | None = None,
        recv_cb: Callback | None = None,
        on_ctrl_recv_cb: Callback | None = None,
        on_invalid_ctrl_recv_cb: Callback | None = None,
        on_data_chunk_recv_cb: Callback | None = None,
        on_data_recv_cb: Callback | None = None,
        before_ctrl_send_cb: Callback | None = None,
        on_ctrl_send_cb: Callback | None = None,
        on_ctrl_not_send_cb: Callback | None = None,
        on_data_send_cb: Callback | None = None,
        on_stream_close_cb: Callback | None = None,
        on_request_recv_cb: Callback | None = None,
        on_ctrl_recv_parse_error_cb: Callback | None = None,
        on_unknown_ctrl_recv_cb: Callback | None = None,
        user_data: Any = None,
        on_stream_remote_close_cb: Callback | None = None,
    ) -> None:
        given = {
            "send_cb": send_cb,
            "recv_cb": recv_cb,
            "on_ctrl_recv_cb": on_ctrl_recv_cb,
            "on_invalid_ctrl_recv_cb": on_invalid_ctrl_recv_cb,
            "on_data_chunk_recv_cb": on_data_chunk_recv_cb,
            "on_data_recv_cb": on_data_recv_cb,
            "before_ctrl_send_cb": before_ctrl_send_cb,
            "on_ctrl_send_cb": on_ctrl_send_cb,
            "on_ctrl_not_send_cb": on_ctrl_not_send_cb,
            "on_data_send_cb": on_data_send_cb,
            "on_stream_close_cb": on_stream_close_cb,
            "on_request_recv_cb": on_request_recv_cb,
            "on_ctrl_recv_parse_error_cb": on_ctrl_recv_parse_error_cb,
            "on_unknown_ctrl_recv_cb": on_unknown_ctrl_recv_cb,
            "on_stream_remote_close_cb": on_stream_remote_close_cb,
        }
        super().__init__(side, version, {name: cb for name, cb in given.items() if cb is not None}, user_data)

    # Moving the session.

    def send(self) -> None:
        """Sends what is queued through ``send_cb``, until it takes no more or nothing is left.

        Raises what a callback raises, and NoMemoryError. The call may be repeated.
        """
        self._drive(_abi.session_send)

    def recv(self, data: bytes | bytearray | memoryview | None = None) -> int:
        """Processes bytes received: *data*, or without it what ``recv_cb`` returns until that has no more.

        *data* may be cut anywhere; of a bytes object or a writable buffer nothing is copied. A frame that breaks the
        protocol is no error here: callbacks report it.

        Returns how many bytes of *data* were processed, all of them unless receiving is paused (see
        :meth:`set_recv_paused`), or 0 without *data*.

        Raises what a callback raises (EOFError is for ``recv_cb`` to raise), and NoMemoryError.
        """
        if data is None:
            if "recv_cb" not in self._callbacks:
                raise InvalidStateError("recv() without data needs recv_cb")
            return self._drive(_abi.session_recv)
        address, length = pointer(data)
        return self._drive(_abi.session_mem_recv, address, length)

    def data_to_send(self, limit: int = 65536) -> bytearray:
        """Returns up to *limit* bytes to send, instead of calling ``send_cb``; empty if there are none now.

        More may be left when as many as *limit* come out. The caller may keep the bytearray.

        Raises what a callback raises, and NoMemoryError; bytes collected until then come with the next call.
        """
        if limit < 1:
            raise InvalidArgumentError(f"limit is {limit}, less than 1")
        kept, self._unsent = self._unsent, bytearray()
        if len(kept) >= limit:
            self._unsent = kept[limit:]
            return kept[:limit]
        outer, outgoing = self._outgoing, Outgoing(limit - len(kept))
        self._outgoing = outgoing
        try:
            self._drive(_abi.session_send)
        except BaseException:
            self._unsent = kept + outgoing.take()
            raise
        finally:
            self._outgoing = outer
        return kept + outgoing.take() if kept else outgoing.take()

    def mem_send(self) -> bytes:
        """Returns the next bytes to send, a frame or the rest of one; empty if there are none now.

        They count as sent with the next call, so callbacks for them come then. :meth:`data_to_send` returns more at a
        time.

        Raises what a callback raises, NoMemoryError, and NotImplementedError with libspdylay 1.4.
        """
        if self._unsent:
            kept, self._unsent = self._unsent, bytearray()
            return bytes(kept)
        pointer = ctypes.c_void_p()
        length = self._drive(_abi.session_mem_send, ctypes.byref(pointer))
        return ctypes.string_at(pointer, length) if length else b""

    def resume_data(self, stream_id: int) -> bool:
        """Queues the DATA of a stream again whose provider has returned ERR_DEFERRED.

        Returns False if there is no such stream or nothing waits on it.
        """
        check_stream(stream_id)
        return bool(self._ask(_abi.session_resume_data, stream_id) == 0)

    def want_read(self) -> bool:
        """Tells whether more is expected from the peer.

        When this and :meth:`want_write` are both False, drop the connection.
        """
        return bool(self._call(_abi.session_want_read))

    def want_write(self) -> bool:
        """Tells whether there is something to send now."""
        return bool(self._unsent) or bool(self._call(_abi.session_want_write))

    def set_recv_paused(self, paused: bool) -> None:
        """Pauses receiving, or resumes it; for a program that cannot take more, and has no windows to say so.

        While it is paused :meth:`recv` processes nothing and :meth:`want_read` is False. A callback may pause: then
        :meth:`recv` returns early, and the bytes of *data* that it did not process are to be given again after
        resuming. Without *data* the session keeps them, so call :meth:`recv` once after resuming.

        Raises NotImplementedError with libspdylay 1.4.
        """
        self._call(_abi.session_set_recv_paused, bool(paused))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Asking the session.

    def has_stream(self, stream_id: int) -> bool:
        """Tells whether a stream is open: its SYN_STREAM was sent or received, and it is not closed."""
        check_stream(stream_id)
        return bool(self._ask(_abi.session_get_stream_recv_data_length, stream_id) >= 0)

    def get_stream_local_close(self, stream_id: int) -> bool:
        """Tells whether this side of a stream has ended: nothing more can be sent on it.

        Raises StreamClosedError if there is no such stream, NotImplementedError with libspdylay 1.4.
        """
        return self._is_half_closed(_abi.session_get_stream_local_close, stream_id)

    def get_stream_remote_close(self, stream_id: int) -> bool:
        """Tells whether the peer has ended its side of a stream: nothing more will come on it.

        Raises StreamClosedError if there is no such stream, NotImplementedError with libspdylay 1.4.
        """
        return self._is_half_closed(_abi.session_get_stream_remote_close, stream_id)

    def _is_half_closed(self, function: Callback, stream_id: int) -> bool:
        check_stream(stream_id)
        result: int = self._ask(function, stream_id)
        if result < 0:
            raise_for(constants.ERR_STREAM_CLOSED)
        return bool(result)

    def get_stream_user_data(self, stream_id: int) -> Any:
        """Returns the user data of a stream; None if there is no such stream."""
        check_stream(stream_id)
        handle = self._acquire()
        try:
            present = _abi.session_get_stream_user_data(handle, stream_id)
            return self._stream_user_data.get(stream_id) if present else None
        finally:
            self._lock.release()

    def set_stream_user_data(self, stream_id: int, stream_user_data: Any) -> None:
        """Sets the user data of a stream, whichever side opened it.

        Raises InvalidArgumentError if there is no such stream.
        """
        check_stream(stream_id)
        self._call(_abi.session_set_stream_user_data, stream_id, PRESENT)
        self._stream_user_data[stream_id] = stream_user_data

    def get_outbound_queue_size(self) -> int:
        """Returns the number of frames that wait to be sent, without DATA that is deferred or waits for a window."""
        return self._call(_abi.session_get_outbound_queue_size)

    def get_pri_lowest(self) -> int:
        """Returns the number of the lowest priority: 3 in SPDY/2, else 7. The highest is 0."""
        return self._call(_abi.session_get_pri_lowest)

    def get_stream_recv_data_length(self, stream_id: int) -> int:
        """Returns the bytes received on a stream that no WINDOW_UPDATE was sent for yet.

        Raises StreamClosedError if there is no such stream.
        """
        check_stream(stream_id)
        length: int = self._ask(_abi.session_get_stream_recv_data_length, stream_id)
        if length < 0:
            raise_for(constants.ERR_STREAM_CLOSED)
        return length

    def get_recv_data_length(self) -> int:
        """Returns the bytes received on the connection that no WINDOW_UPDATE was sent for yet; 0 before SPDY/3.1."""
        return self._call(_abi.session_get_recv_data_length)

    def get_ping_rtt(self) -> int | None:
        """Returns how long the answer to the last PING that was answered took, in microseconds; None if none was.

        Raises NotImplementedError with libspdylay 1.4.
        """
        rtt: int = self._ask(_abi.session_get_ping_rtt)
        return None if rtt < 0 else rtt

    # Steering the session.

    def set_option(self, option: int, value: int) -> None:
        """Sets one of the ``OPT_`` options, from the next byte on.

        ``OPT_NO_AUTO_WINDOW_UPDATE``
            Not 0: send no WINDOW_UPDATE on receiving; :meth:`submit_window_update` does.
        ``OPT_MAX_RECV_CTRL_FRAME_BUFFER``
            The largest control frame to accept in bytes, 8192 to 16777215, which is what a session starts with. It
            also limits headers after decompression.
        ``OPT_NO_AUTO_WINDOW_UPDATE2``
            Not 0: send WINDOW_UPDATE for what :meth:`consume` says, not on receiving.
        ``OPT_NO_FLOW_CONTROL``
            Not 0: send DATA without regard to windows, and no WINDOW_UPDATE. For peers that know none, such as those of
            Kubernetes.
        ``OPT_MAX_DATA_PAYLOAD``
            The largest payload of a DATA frame to send in bytes, 1 to 16777215, which is also the most that a data
            provider is asked for. A session starts with 4096; larger frames are faster, and keep other streams waiting
            for longer.
        ``OPT_HTTP_RULES``
            Not 0: reset streams of the peer whose headers are not those of HTTP, and refuse such requests and responses
            of one's own.

        Raises InvalidArgumentError for any other value or option; libspdylay 1.4 does not have the last three.
        """
        check("option", option, -(2**31), 2**31 - 1)
        check("value", value, 0, 2**32 - 1)
        c_value = ctypes.c_uint32(value)
        size = ctypes.sizeof(c_value)
        self._call(_abi.session_set_option, option, ctypes.byref(c_value), size)

    def consume(self, stream_id: int, size: int) -> None:
        """Says that *size* bytes received on a stream are dealt with, so that the peer may send as many again.

        Raises InvalidStateError without ``OPT_NO_AUTO_WINDOW_UPDATE2``, InvalidArgumentError for stream 0.
        """
        check_stream(stream_id)
        check("size", size, 0, 2**31 - 1)
        self._call(_abi.session_consume, stream_id, size)

    def fail_session(self, status_code: int) -> None:
        """Ends the session for an error: nothing is received any more, and once a GOAWAY with *status_code* is sent,
        nothing is sent either. For an end without error use :meth:`shutdown` or :meth:`submit_goaway`."""
        check("status_code", status_code, 0, 2**32 - 1)
        self._call(_abi.session_fail_session, status_code)

    def shutdown(self, status_code: int = constants.GOAWAY_OK) -> None:
        """Ends the session gracefully: no new streams, all that is queued is sent, then a GOAWAY with *status_code*.

        Once that is sent :meth:`want_read` and :meth:`want_write` are False, even if streams are open; those are not
        reported as closed. DATA that is deferred holds it up until it is resumed or given up. It differs from
        :meth:`submit_goaway` in that the GOAWAY comes last.

        Raises NotImplementedError with libspdylay 1.4.
        """
        check("status_code", status_code, 0, 2**32 - 1)
        self._call(_abi.session_shutdown, status_code)

    def keep_alive(self, idle: int) -> int:
        """Submits a PING if nothing was received for *idle* milliseconds; to be called now and then, before
        :meth:`send`.

        Returns for how many milliseconds nothing was received; the first call starts the clock and returns 0. A peer
        that does not answer gets one PING every *idle* milliseconds; when it counts as dead is for the program to
        decide. :meth:`get_ping_rtt` tells how long answers take.

        Raises NotImplementedError with libspdylay 1.4.
        """
        check("idle", idle, 0, 2**32 - 1)
        return self._call(_abi.session_keep_alive, idle)
