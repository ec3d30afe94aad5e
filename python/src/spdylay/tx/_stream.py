"""One SPDY stream in the place where ``twisted.web`` has an HTTP/1.1 channel: below a request."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IAddress, IConsumer, IPushProducer, ITransport
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from zope.interface import implementer

from .. import _connection, constants
from .._http import Request, response_nv
from .._outbox import Outbox
from ..errors import status_name
from ..frames import NameValues, decode, encode


class Owner(Protocol):
    """What a stream needs of its connection."""

    site: Any
    factory: Any
    transport: Any
    spoken: bytes

    def reply(self, stream: StreamChannel, nv: NameValues, has_body: bool) -> None:
        """Sends the headers of the response."""

    def resume(self, stream: StreamChannel) -> None:
        """There is more of the body."""

    def head_waits(self, stream: StreamChannel) -> None:
        """Calls :meth:`StreamChannel.send_head` a little later."""

    def kept(self, size: int) -> None:
        """Bytes of the request's body have come."""

    def consumed(self, stream: _connection.Stream, size: int) -> None:
        """Bytes of the request's body were used."""

    def reset(self, stream: StreamChannel, status_code: int) -> None:
        """Ends the stream at once."""


@implementer(ITransport, IConsumer, IPushProducer)
class StreamChannel(_connection.Stream):
    """What a ``twisted.web`` request takes for its channel and its transport."""

    def __init__(self, owner: Owner, request: Request, has_body: bool) -> None:
        self.site = owner.site
        self.factory = owner.factory
        self.transport = self
        self._owner = owner
        self._head: NameValues | None = None
        self._is_done = False
        self._outbox = Outbox(self._room_made)
        self._producer: Any = None
        self._is_pull = False
        self._is_pulling = False
        self._producer_paused = False
        self._is_paused = False
        self._is_complete = False
        self._incoming: deque[bytes] = deque()
        self._begin(request, has_body)

    def _begin(self, head: Request, has_body: bool) -> None:
        self._command, self._path = encode(head.method), encode(head.path)
        self._request = request = self.site.requestFactory(self)
        length = None if has_body else 0
        request.requestHeaders.addRawHeader(b"host", encode(head.host))
        for name, value in head.headers:
            request.requestHeaders.addRawHeader(encode(name), encode(value))
            if name == "content-length" and value.isdigit():
                length = int(value)
        request.gotLength(length)
        request.parseCookies()

    # What the connection reports.

    def data_received(self, data: bytes) -> None:
        self._owner.kept(len(data))
        self._incoming.append(data)
        self._deliver()

    def end_received(self) -> None:
        self._is_complete = True
        self._deliver()

    def closed(self, status_code: int) -> None:
        if self._incoming:
            self._owner.consumed(self, sum(map(len, self._incoming)))
            self._incoming.clear()
        self._outbox.discard()
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        if not self._is_done:
            self._is_done = True
            reason = ConnectionDone() if status_code == constants.OK else ConnectionLost(status_name(status_code))
            self._request.connectionLost(Failure(reason))

    def _deliver(self) -> None:
        while self._incoming and not self._is_paused:
            data = self._incoming.popleft()
            if not self._is_done:
                self._request.handleContentChunk(data)
            self._owner.consumed(self, len(data))
        if self._is_complete and not self._is_paused and not self._is_done:
            self._is_complete = False
            self._request.requestReceived(self._command, self._path, self._owner.spoken)

    # The channel: what the request calls.

    def writeHeaders(
        self, _version: bytes, code: bytes, reason: bytes, headers: Headers | list[tuple[bytes, bytes]]
    ) -> None:
        """Begins the response. The headers go out with the first piece of the body, or a little later."""
        if isinstance(headers, Headers):
            # Older versions of Twisted pass what this makes of it.
            headers = [(name, value) for name, values in headers.getAllRawHeaders() for value in values]
        self._head = response_nv(int(code), decode(reason), headers)
        self._owner.head_waits(self)

    def send_head(self, has_body: bool = True) -> None:
        """Sends the headers of the response if they wait."""
        head, self._head = self._head, None
        if head is not None:
            self._owner.reply(self, head, has_body)

    def requestDone(self, _request: Any) -> None:
        """The response is complete."""
        if self._is_done:
            return
        self._is_done = True
        if self._head is not None:
            self.send_head(has_body=False)
        elif self._outbox.end():
            self._owner.resume(self)

    def loseConnection(self) -> None:
        """Ends the response where it is."""
        self.requestDone(self._request)

    def abortConnection(self) -> None:
        """Resets the stream."""
        self._owner.reset(self, constants.INTERNAL_ERROR)

    def _respondToBadRequestAndDisconnect(self) -> None:
        # The name is Twisted's: it calls this for bodies that it cannot parse.
        self._head = response_nv(400)
        self.requestDone(self._request)

    # The transport.

    def write(self, data: bytes) -> None:
        """Sends a piece of the body."""
        if self._is_done:
            return
        self.send_head()
        if self._outbox.write(data):
            self._owner.resume(self)
        if self._is_pull:
            self._pull()
        elif self._producer is not None and self._outbox.is_full and not self._producer_paused:
            self._producer_paused = True
            self._producer.pauseProducing()

    def writeSequence(self, data: Any) -> None:
        """Sends pieces of the body."""
        self.write(b"".join(data))

    def getPeer(self) -> IAddress:
        """The client's address."""
        return self._owner.transport.getPeer()  # type: ignore[no-any-return]

    def getHost(self) -> IAddress:
        """The server's address."""
        return self._owner.transport.getHost()  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        # What else a transport can do, such as getPeerCertificate() and getHandle(), the connection does for all.
        return getattr(self._owner.transport, name)

    def isSecure(self) -> bool:
        """Whether this comes over TLS."""
        return getattr(self._owner.transport, "negotiatedProtocol", None) is not None

    # The consumer: a producer writes the body at the client's pace.

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Lets a producer write the body."""
        if self._producer is not None:
            raise RuntimeError("there is a producer already")
        if self._is_done:
            producer.stopProducing()
            return
        self._producer, self._is_pull, self._producer_paused = producer, not streaming, False
        if self._is_pull:
            self._pull()

    def unregisterProducer(self) -> None:
        """The producer is done."""
        self._producer, self._is_pull = None, False

    def _room_made(self) -> None:
        if self._producer is None:
            return
        if self._is_pull:
            self._pull()
        elif self._producer_paused:
            self._producer_paused = False
            self._producer.resumeProducing()

    def _pull(self) -> None:
        if self._is_pulling:
            return
        self._is_pulling = True
        try:
            size = -1
            # One that writes nothing will do so later.
            while self._producer is not None and not self._outbox.is_full and size != self._outbox.size:
                size = self._outbox.size
                self._producer.resumeProducing()
        finally:
            self._is_pulling = False

    # The producer: a request may hold its body back.

    def pauseProducing(self) -> None:
        """Delivers no more of the request's body, until :meth:`resumeProducing`."""
        self._is_paused = True

    def resumeProducing(self) -> None:
        """Goes on with the request's body."""
        self._is_paused = False
        self._deliver()

    def stopProducing(self) -> None:
        """Wants no more of this stream."""
        self.abortConnection()
