"""One end of one SPDY connection."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from . import _abi, constants
from ._arguments import MAX_ID, Pairs, array, check, check_stream, pointer
from ._core import PRESENT, Callback, Core
from ._outgoing import Outgoing
from .errors import InvalidArgumentError, InvalidStateError, raise_for
from .provider import DataProvider


class Session(Core):
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

    An exception raised in a callback comes out of the call that led to it, which is :meth:`send`, :meth:`recv` or
    :meth:`data_to_send`, with its traceback. That call ends as early as it can without losing bytes, so some more
    callbacks may come first; if one of those fails as well it is logged, by the logger ``spdylay``. The session can be
    used again afterwards.

    The session keeps what it is given for as long as it needs it. Callbacks may call any method, except that a call is
    not to be nested in one of the same direction. Only one thread may use a session at a time: what comes while another
    is at it gets SessionInUseError.

    Raises InvalidArgumentError, UnsupportedVersionError or, if memory is exhausted, NoMemoryError.
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
        }
        super().__init__(side, version, {name: cb for name, cb in given.items() if cb is not None}, user_data)

    # Moving the session.

    def send(self) -> None:
        """Sends what is queued through ``send_cb``, until it takes no more or nothing is left.

        Raises what a callback raises, and NoMemoryError. The call may be repeated.
        """
        self._drive(_abi.session_send)

    def recv(self, data: bytes | bytearray | memoryview | None = None) -> None:
        """Processes bytes received: *data*, or without it what ``recv_cb`` returns until that has no more.

        *data* may be cut anywhere; of a bytes object or a writable buffer nothing is copied. A frame that breaks the
        protocol is no error here: callbacks report it.

        Raises what a callback raises (EOFError is for ``recv_cb`` to raise), and NoMemoryError.
        """
        if data is None:
            if "recv_cb" not in self._callbacks:
                raise InvalidStateError("recv() without data needs recv_cb")
            self._drive(_abi.session_recv)
        else:
            address, length = pointer(data)
            self._drive(_abi.session_mem_recv, address, length)

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
        if _abi.session_mem_send is None:
            raise NotImplementedError(f"{_abi.path} has no spdylay_session_mem_send")
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
        handle = self._acquire()
        try:
            return bool(_abi.session_resume_data(handle, stream_id) == 0)
        finally:
            self._lock.release()

    def want_read(self) -> bool:
        """Tells whether more is expected from the peer.

        When this and :meth:`want_write` are both False, drop the connection.
        """
        return bool(self._call(_abi.session_want_read))

    def want_write(self) -> bool:
        """Tells whether there is something to send now."""
        return bool(self._unsent) or bool(self._call(_abi.session_want_write))

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
        handle = self._acquire()
        try:
            return bool(_abi.session_get_stream_recv_data_length(handle, stream_id) >= 0)
        finally:
            self._lock.release()

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
        handle = self._acquire()
        try:
            length: int = _abi.session_get_stream_recv_data_length(handle, stream_id)
        finally:
            self._lock.release()
        if length < 0:
            raise_for(constants.ERR_STREAM_CLOSED)
        return length

    def get_recv_data_length(self) -> int:
        """Returns the bytes received on the connection that no WINDOW_UPDATE was sent for yet; 0 before SPDY/3.1."""
        return self._call(_abi.session_get_recv_data_length)

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

        Raises InvalidArgumentError for any other value or option; libspdylay 1.4 does not have the last two.
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
        nothing is sent either. For an end without error use :meth:`submit_goaway`."""
        check("status_code", status_code, 0, 2**32 - 1)
        self._call(_abi.session_fail_session, status_code)

    # Submitting frames. NoMemoryError, if the queue is full, can come from all of them.

    def submit_request(
        self,
        pri: int,
        nv: Pairs,
        data_prd: DataProvider | None = None,
        stream_user_data: Any = None,
    ) -> int:
        """Submits a request: SYN_STREAM, and DATA from *data_prd* if that is given.

        *pri* is the priority, 0 the highest; numbers beyond :meth:`get_pri_lowest` count as that. *nv* has pairs of
        name and value; a request needs ``:method``, ``:path``, ``:scheme``, ``:version`` and ``:host``, in SPDY/2 as
        well. Several pairs of one name are a header with several values. *stream_user_data* is any object, for
        :meth:`get_stream_user_data`.

        Returns the id that the stream will have.

        Raises InvalidArgumentError if *pri* is out of range or *nv* has an empty name or a value that is not text, and
        StreamIDNotAvailableError.
        """
        check("pri", pri, 0, 255)
        return self._submit_stream(_abi.submit_request, (pri, array(nv)), data_prd, stream_user_data)

    def submit_syn_stream(
        self,
        flags: int,
        pri: int,
        nv: Pairs,
        assoc_stream_id: int = 0,
        stream_user_data: Any = None,
    ) -> int:
        """Submits a SYN_STREAM without DATA: for server push, and for streams whose DATA :meth:`submit_data` submits.

        *flags* are ``CTRL_FLAG_FIN`` and ``CTRL_FLAG_UNIDIRECTIONAL``. *assoc_stream_id* is, for a push, the stream of
        the request it goes with; a client's is always 0. The rest, the result and the errors are as for
        :meth:`submit_request`.
        """
        check("flags", flags, 0, 255)
        check("pri", pri, 0, 255)
        check("assoc_stream_id", assoc_stream_id, 0, MAX_ID)
        arguments = (flags, assoc_stream_id, pri, array(nv))
        return self._submit_stream(_abi.submit_syn_stream, arguments, None, stream_user_data)

    def submit_response(self, stream_id: int, nv: Pairs, data_prd: DataProvider | None = None) -> None:
        """Submits the response to a request: SYN_REPLY, and DATA from *data_prd* if that is given.

        *nv* is as for :meth:`submit_request`; a response needs ``:status`` and ``:version``.

        Raises InvalidArgumentError for a bad *nv*.
        """
        check_stream(stream_id)
        c_nv = array(nv)
        if data_prd is None:
            self._call(_abi.submit_response, stream_id, c_nv, None)
        else:
            self._submit_source(_abi.submit_response, stream_id, c_nv, data_prd)

    def submit_syn_reply(self, flags: int, stream_id: int, nv: Pairs) -> None:
        """Submits a SYN_REPLY without DATA. *flags* is ``CTRL_FLAG_FIN`` or 0; *nv* as for :meth:`submit_response`."""
        check("flags", flags, 0, 255)
        check_stream(stream_id)
        self._call(_abi.submit_syn_reply, flags, stream_id, array(nv))

    def submit_headers(self, flags: int, stream_id: int, nv: Pairs) -> None:
        """Submits more headers for a stream. *flags* is ``CTRL_FLAG_FIN`` or 0; *nv* as for :meth:`submit_request`."""
        check("flags", flags, 0, 255)
        check_stream(stream_id)
        self._call(_abi.submit_headers, flags, stream_id, array(nv))

    def submit_data(self, stream_id: int, flags: int, data_prd: DataProvider) -> None:
        """Submits DATA, as many frames as it takes. With ``DATA_FLAG_FIN`` in *flags* the last one ends this side.

        DATA that cannot be sent when its turn comes is dropped without a word: if the stream is gone, has other DATA
        deferred, or its SYN_REPLY is not sent yet.
        """
        check_stream(stream_id)
        check("flags", flags, 0, 255)
        self._submit_source(_abi.submit_data, stream_id, flags, data_prd)

    def submit_rst_stream(self, stream_id: int, status_code: int) -> None:
        """Submits a RST_STREAM: the stream ends, for the reason *status_code*. A queued request is cancelled."""
        check_stream(stream_id)
        check("status_code", status_code, 0, 2**32 - 1)
        self._call(_abi.submit_rst_stream, stream_id, status_code)

    def submit_ping(self) -> None:
        """Submits a PING. ``on_ctrl_recv_cb`` gets the peer's reply."""
        self._call(_abi.submit_ping)

    def submit_goaway(self, status_code: int) -> None:
        """Submits a GOAWAY: no new streams, those that are open go on. SPDY/2 sends no *status_code*."""
        check("status_code", status_code, 0, 2**32 - 1)
        self._call(_abi.submit_goaway, status_code)

    def submit_settings(self, flags: int, iv: Iterable[tuple[int, int, int]]) -> None:
        """Submits SETTINGS: tuples of id, flags and value. They hold for this side from now on.

        Raises InvalidArgumentError if an id is unknown or given twice, or a number is out of range.
        """
        check("flags", flags, 0, 255)
        entries = list(iv)
        c_entries = (_abi.SettingsEntry * len(entries))()
        for entry, (settings_id, entry_flags, value) in zip(c_entries, entries):
            check("settings_id", settings_id, 0, 2**31 - 1)
            check("flag", entry_flags, 0, 255)
            check("value", value, 0, 2**32 - 1)
            entry.settings_id, entry.flags, entry.value = settings_id, entry_flags, value
        self._call(_abi.submit_settings, flags, c_entries, len(entries))

    def submit_window_update(self, stream_id: int, delta_window_size: int) -> None:
        """Submits a WINDOW_UPDATE of 1 to 2**31 - 1 bytes for a stream or, with stream 0, the connection.

        Raises InvalidArgumentError if *delta_window_size* is out of range, StreamClosedError if there is no such
        stream.
        """
        check_stream(stream_id)
        check("delta_window_size", delta_window_size, 1, 2**31 - 1)
        self._call(_abi.submit_window_update, stream_id, delta_window_size)
