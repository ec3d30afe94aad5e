"""What servers and clients have in common, whatever moves their bytes: a session and the objects for its streams."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Callable, Generic, TypeVar

from . import constants
from ._arguments import Pairs
from .errors import InvalidArgumentError
from .frames import CtrlFrame, GoawayFrame, HeadersFrame, NameValues, SynReplyFrame, SynStreamFrame
from .provider import DataProvider
from .session import Session

DEFAULT_PRIORITY = 3

MAX_DATA_PAYLOAD = 16384

# Limits of a server, which faces strangers.
MAX_CONCURRENT_STREAMS = 100
MAX_HEADER_BYTES = 65536

UNREAD_LIMIT = 2**20
"""Without windows: with as many bytes unread, a connection should not be read from."""


class Stream:
    """One stream of a connection. Subclasses do something with what arrives; nothing arrives after :meth:`closed`."""

    stream_id = 0

    def push_sent(self) -> None:
        """The push that this stream is has gone out; its body follows."""

    def headers_received(self, nv: NameValues) -> None:
        """SYN_REPLY or HEADERS have come."""

    def data_received(self, data: bytes) -> None:
        """A piece of the body has come. The connection's :meth:`Connection.consume` has to be told when it is used."""

    def end_received(self) -> None:
        """The peer has sent its last."""

    def closed(self, status_code: int) -> None:
        """The stream is over: OK, or why."""


AnyStream = TypeVar("AnyStream", bound=Stream)


class Connection(Generic[AnyStream]):
    """A session whose events go to :class:`Stream` objects.

    Bytes go in by ``session.recv`` and come out by :meth:`data_to_send` or, with *send_cb*, by ``session.send``.
    WINDOW_UPDATE is sent for what :meth:`consume` is told, so a stream that is not read holds its peer back. Without
    *flow_control* neither side keeps to windows, for peers that do not know them.
    """

    def __init__(
        self,
        side: int,
        version: int,
        max_streams: int = MAX_CONCURRENT_STREAMS,
        send_cb: Callable[[Session, bytes], int] | None = None,
        flow_control: bool = True,
    ) -> None:
        self.version = version
        self.is_going_away = False
        """Whether the peer wants no more streams."""
        self._own_parity = 1 if side == constants.CLIENT else 0
        self.session = Session(
            side,
            version,
            send_cb=send_cb,
            on_ctrl_recv_cb=self._on_ctrl_recv,
            on_data_chunk_recv_cb=self._on_data_chunk_recv,
            on_data_recv_cb=self._on_data_recv,
            on_ctrl_not_send_cb=self._on_ctrl_not_send,
            on_stream_close_cb=self._on_stream_close,
        )
        self.streams: dict[int, AnyStream] = {}
        # Bodies of pushes whose SYN_STREAM is not sent yet.
        self._pushes: dict[int, DataProvider] = {}
        self.has_windows = flow_control and version != constants.PROTO_SPDY2
        """Whether a stream that is not read holds the peer back; if not, the connection should not be read from."""
        self.session.set_option(constants.OPT_NO_AUTO_WINDOW_UPDATE2, 1)
        if not flow_control:
            self.session.set_option(constants.OPT_NO_FLOW_CONTROL, 1)
        # Each frame costs a round of callbacks, whatever its size. libspdylay 1.4 does not have the option.
        with suppress(InvalidArgumentError):
            self.session.set_option(constants.OPT_MAX_DATA_PAYLOAD, MAX_DATA_PAYLOAD)
        if side == constants.SERVER:
            self.session.set_option(constants.OPT_MAX_RECV_CTRL_FRAME_BUFFER, MAX_HEADER_BYTES)
            entry = (constants.SETTINGS_MAX_CONCURRENT_STREAMS, constants.ID_FLAG_SETTINGS_NONE, max_streams)
            self.session.submit_settings(constants.FLAG_SETTINGS_NONE, [entry])

    @property
    def is_over(self) -> bool:
        """Whether nothing can come or go any more."""
        return not self.session.want_read() and not self.session.want_write()

    def stream_opened(self, frame: SynStreamFrame) -> AnyStream | None:
        """The peer opens a stream: a request, or to a client a push. Returns what is to stand for it, or None to
        refuse. For subclasses; here all are refused."""

    def open_stream(
        self, stream: AnyStream, nv: Pairs, body: DataProvider | None = None, priority: int = DEFAULT_PRIORITY
    ) -> None:
        """Queues a request."""
        stream.stream_id = self.session.submit_request(priority, nv, body)
        self.streams[stream.stream_id] = stream

    def open_push(self, stream: AnyStream, assoc_stream_id: int, nv: Pairs, body: DataProvider) -> None:
        """Queues a push that goes with the peer's stream *assoc_stream_id*."""
        flags = constants.CTRL_FLAG_UNIDIRECTIONAL
        stream.stream_id = self.session.submit_syn_stream(flags, DEFAULT_PRIORITY, nv, assoc_stream_id)
        self.streams[stream.stream_id] = stream
        self._pushes[stream.stream_id] = body

    def data_to_send(self) -> bytearray:
        """Returns bytes to send; empty if there are none now."""
        data = self.session.data_to_send()
        if self._pushes:
            self._send_bodies_of_pushes()
        return data

    def _send_bodies_of_pushes(self) -> None:
        # DATA for a stream that is not open yet would be dropped.
        for stream_id, body in list(self._pushes.items()):
            stream = self.streams.get(stream_id)
            if stream is None:
                del self._pushes[stream_id]
            elif self.session.has_stream(stream_id):
                del self._pushes[stream_id]
                self.session.submit_data(stream_id, constants.DATA_FLAG_FIN, body)
                stream.push_sent()

    def consume(self, stream: Stream, size: int) -> None:
        """Bytes of the stream's body have been used: as many more may come."""
        self.session.consume(stream.stream_id, size)

    def reset_stream(self, stream: Stream, status_code: int) -> None:
        """Ends a stream at once."""
        if stream.stream_id in self.streams:
            self.session.submit_rst_stream(stream.stream_id, status_code)

    def lost(self) -> None:
        """The transport is gone: nothing more will come, and what is not finished never will be."""
        while self.streams:
            _, stream = self.streams.popitem()
            stream.closed(constants.INTERNAL_ERROR)

    def _on_ctrl_recv(self, session: Session, frame: CtrlFrame) -> None:
        if isinstance(frame, SynStreamFrame):
            stream = self.stream_opened(frame)
            if stream is None:
                session.submit_rst_stream(frame.stream_id, constants.REFUSED_STREAM)
                return
            stream.stream_id = frame.stream_id
            self.streams[frame.stream_id] = stream
            self._end_if_last(stream, frame.flags)
        elif isinstance(frame, (SynReplyFrame, HeadersFrame)):
            replied = self.streams.get(frame.stream_id)
            if replied is not None:
                replied.headers_received(frame.nv)
                self._end_if_last(replied, frame.flags)
        elif isinstance(frame, GoawayFrame):
            self.is_going_away = True
            self._refused(frame.last_good_stream_id)

    def _end_if_last(self, stream: AnyStream, flags: int) -> None:
        # The flag has the same value in control frames and in DATA.
        if flags & constants.CTRL_FLAG_FIN:
            stream.end_received()

    def _refused(self, last_good_stream_id: int) -> None:
        """The peer goes away and has not looked at our later streams: they can be tried elsewhere."""
        ours = [stream_id for stream_id in self.streams if stream_id % 2 == self._own_parity]
        for stream_id in ours:
            if stream_id > last_good_stream_id:
                self.session.submit_rst_stream(stream_id, constants.CANCEL)
                self.streams.pop(stream_id).closed(constants.REFUSED_STREAM)

    def _on_data_chunk_recv(self, session: Session, _flags: int, stream_id: int, data: bytes) -> None:
        stream = self.streams.get(stream_id)
        if stream is None:
            session.consume(stream_id, len(data))
        else:
            stream.data_received(data)

    def _on_data_recv(self, _session: Session, flags: int, stream_id: int, _length: int) -> None:
        stream = self.streams.get(stream_id)
        if stream is not None:
            self._end_if_last(stream, flags)

    def _on_ctrl_not_send(self, _session: Session, frame: Any, error_code: int) -> None:
        # After these two there is no stream whose end could be reported.
        if frame.frame_type == constants.SYN_STREAM and error_code in (
            constants.ERR_FRAME_TOO_LARGE,
            constants.ERR_ZLIB,
        ):
            self._on_stream_close(_session, frame.stream_id, constants.FRAME_TOO_LARGE)

    def _on_stream_close(self, _session: Session, stream_id: int, status_code: int) -> None:
        stream = self.streams.pop(stream_id, None)
        if stream is not None:
            stream.closed(status_code)
