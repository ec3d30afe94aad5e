"""One SPDY connection of a Twisted server."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from zope.interface import implementer

from .. import constants
from .._connection import UNREAD_LIMIT, Connection, Stream
from .._http import MalformedMessage, parse_request, response_nv
from ..frames import NameValues, SynStreamFrame
from ..session import Session
from ._stream import StreamChannel

_SPOKEN = {constants.PROTO_SPDY2: b"SPDY/2", constants.PROTO_SPDY3: b"SPDY/3", constants.PROTO_SPDY3_1: b"SPDY/3.1"}


class _Rejected(Stream):
    """A request that is answered already; its body is of no interest."""

    def __init__(self, channel: SPDYChannel) -> None:
        self._channel = channel

    def data_received(self, data: bytes) -> None:
        self._channel.consumed(self, len(data))


class _Connection(Connection[Stream]):
    def __init__(self, version: int, channel: SPDYChannel) -> None:
        super().__init__(constants.SERVER, version, send_cb=channel.send)
        self._channel = channel

    def stream_opened(self, frame: SynStreamFrame) -> Stream:
        return self._channel.request_received(frame)


@implementer(IPushProducer)
class SPDYChannel(Protocol, TimeoutMixin):
    """Serves the requests of one client with the resources of *site*."""

    def __init__(self, site: Any, version: int) -> None:
        self.site = site
        self.factory = site
        self.spoken = _SPOKEN[version]
        self._connection = _Connection(version, self)
        self._reactor: Any = site.reactor
        self._wire: Any = None
        self._is_paused = False
        self._is_lost = False
        self._is_receiving = False
        self._heads: list[StreamChannel] = []
        self._flush_call: Any = None
        self._unread = 0

    def callLater(self, period: float, function: Any) -> Any:
        """For the time-out: the reactor is that of the site."""
        return self._reactor.callLater(period, function)

    # What Twisted calls.

    def connectionMade(self) -> None:
        self._wire = self.transport
        self._wire.registerProducer(self, True)
        self.setTimeout(self.site.timeOut)
        self.flush_soon()

    def dataReceived(self, data: bytes) -> None:
        self.resetTimeout()
        self._is_receiving = True
        try:
            self._connection.session.recv(data)
        finally:
            self._is_receiving = False
        self._flush()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._is_lost = True
        self.setTimeout(None)
        if self._flush_call is not None:
            self._flush_call.cancel()
        self._connection.lost()

    def timeoutConnection(self) -> None:
        """Nothing came for as long as the site allows."""
        if self._is_paused:
            self._wire.abortConnection()
        elif self._connection.streams:
            self.setTimeout(self.site.timeOut)
        else:
            self._connection.session.submit_goaway(constants.GOAWAY_OK)
            self._flush()

    # The transport's producer: it is told when the client takes no more.

    def pauseProducing(self) -> None:
        """The transport is full."""
        self._is_paused = True

    def resumeProducing(self) -> None:
        """The transport has room."""
        self._is_paused = False
        self.resetTimeout()
        self.flush_soon()

    def stopProducing(self) -> None:
        """The transport is gone."""
        self._is_paused = True

    def send(self, _session: Session, data: bytes) -> int:
        """Passes bytes from the session to the transport, which wants just the type they have here."""
        if self._is_paused:
            return 0
        self._wire.write(data)
        return len(data)

    # What streams ask for.

    def request_received(self, frame: SynStreamFrame) -> Stream:
        try:
            request = parse_request(frame.nv)
        except MalformedMessage as error:
            self._connection.session.submit_response(frame.stream_id, response_nv(400, str(error)))
            return _Rejected(self)
        return StreamChannel(self, request, not frame.flags & constants.CTRL_FLAG_FIN)

    def reply(self, stream: StreamChannel, nv: NameValues, has_body: bool) -> None:
        body = stream._outbox.provider if has_body else None
        self._connection.session.submit_response(stream.stream_id, nv, body)
        self.flush_soon()

    def resume(self, stream: StreamChannel) -> None:
        self._connection.session.resume_data(stream.stream_id)
        self.flush_soon()

    def head_waits(self, stream: StreamChannel) -> None:
        self._heads.append(stream)
        self.flush_soon()

    def kept(self, size: int) -> None:
        self._count_unread(size)

    def consumed(self, stream: Stream, size: int) -> None:
        self._connection.consume(stream, size)
        self._count_unread(-size)
        self.flush_soon()

    def reset(self, stream: StreamChannel, status_code: int) -> None:
        self._connection.reset_stream(stream, status_code)
        self.flush_soon()

    def flush_soon(self) -> None:
        if self._flush_call is None and not self._is_receiving and not self._is_lost:
            self._flush_call = self._reactor.callLater(0, self._flush_later)

    def _flush_later(self) -> None:
        self._flush_call = None
        self._flush()

    def _flush(self) -> None:
        if self._is_lost:
            return
        heads, self._heads = self._heads, []
        for stream in heads:
            stream.send_head()
        self._connection.session.send()
        if self._connection.is_over:
            self._wire.unregisterProducer()
            self._wire.loseConnection()

    def _count_unread(self, size: int) -> None:
        self._unread += size
        if not self._connection.has_windows and not self._is_lost:
            if self._unread < UNREAD_LIMIT:
                self._wire.resumeProducing()
            else:
                self._wire.pauseProducing()
