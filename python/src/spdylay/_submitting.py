"""What can be submitted to a session for sending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import _abi
from ._arguments import MAX_ID, Pairs, array, check, check_stream
from ._core import Core
from .provider import DataProvider


class Submitting(Core):
    """The methods of a session that queue frames. NoMemoryError, if the queue is full, can come from all of them."""

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

    def submit_fin(self, stream_id: int) -> None:
        """Ends this side of a stream, also where its DATA is deferred or waits for a window: that is dropped, and no
        data provider of the stream is asked again.

        If it cannot be sent when its turn comes it is dropped without a word, as DATA is.

        Raises NotImplementedError with libspdylay 1.4.
        """
        check_stream(stream_id)
        self._call(_abi.submit_fin, stream_id)

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
