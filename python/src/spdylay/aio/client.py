"""The client side."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Iterable
from types import TracebackType
from typing import Callable, Union

from .. import constants
from .._arguments import Pairs
from .._connection import DEFAULT_PRIORITY, Connection
from .._http import MalformedMessage, Origin, Response, Target, parse_response, parse_url, request_nv
from .._tls import alpn_names, client_context
from ..errors import StreamResetError
from ..frames import NameValues, SynStreamFrame
from ._protocol import SPDYProtocol
from ._stream import Owner, Stream

Body = Union[bytes, Iterable[bytes], AsyncIterable[bytes]]
"""What can be sent: bytes, or what yields them piece by piece."""


CLOSE_TIMEOUT = 5.0
"""Seconds that a server may take to close its side."""


class ClientStream(Stream):
    """A request and its response."""

    def __init__(self, owner: Owner) -> None:
        super().__init__(owner)
        self._response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        # Nobody need be waiting for it.
        self._response.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._sending: asyncio.Task[None] | None = None
        self.trailers: NameValues = []
        """Headers that came after those of the response."""

    async def response(self) -> Response:
        """Waits for the headers of the response.

        Raises StreamResetError if the stream is reset before, and what sending the request's body has raised.
        """
        return await asyncio.shield(self._response)

    @property
    def status(self) -> int:
        """The status, once :meth:`response` or :meth:`ClientConnection.request` has returned."""
        return self._response.result().status

    @property
    def headers(self) -> NameValues:
        """The headers of the response, likewise."""
        return self._response.result().headers

    def headers_received(self, nv: NameValues) -> None:
        if self._response.done():
            self.trailers += nv
            return
        try:
            self._response.set_result(parse_response(nv))
        except MalformedMessage as error:
            self._response.set_exception(error)
            self.reset(constants.PROTOCOL_ERROR)

    def closed(self, status_code: int) -> None:
        super().closed(status_code)
        if self._sending is not None:
            self._sending.cancel()
        if not self._response.done():
            self._response.set_exception(StreamResetError(status_code))

    def send_body(self, body: Body) -> None:
        """Sends a body while other things go on, and ends it."""
        self._sending = asyncio.get_running_loop().create_task(self._send(body))

    async def _send(self, body: Body) -> None:
        try:
            if isinstance(body, AsyncIterable):
                async for data in body:
                    await self.write(data)
            else:
                for data in [body] if isinstance(body, bytes) else body:
                    await self.write(data)
            self.end()
        except StreamResetError:
            # The reader hears of it.
            pass
        except Exception as error:
            if not self._response.done():
                self._response.set_exception(error)
            self.reset(constants.CANCEL)


class PushedStream(Stream):
    """What a server sends without being asked; it can only be read."""

    def __init__(self, owner: Owner, frame: SynStreamFrame) -> None:
        super().__init__(owner)
        self.headers: NameValues = list(frame.nv)
        """Headers of request and response alike, such as ``:path`` and ``:status``; later ones are added."""
        self.associated_stream_id = frame.assoc_stream_id
        """The stream of the request that it goes with."""

    def headers_received(self, nv: NameValues) -> None:
        self.headers += nv


PushCallback = Callable[[PushedStream], None]


class _Connection(Connection[Stream]):
    def __init__(self, version: int, owner: Owner, on_push: PushCallback | None) -> None:
        super().__init__(constants.CLIENT, version)
        self._owner = owner
        self._on_push = on_push

    def stream_opened(self, frame: SynStreamFrame) -> PushedStream | None:
        if self._on_push is None:
            return None
        stream = PushedStream(self._owner, frame)
        stream.stream_id = frame.stream_id
        self._on_push(stream)
        return stream


class ClientConnection(SPDYProtocol[Stream]):
    """A connection to a server, made by :func:`connect`. A ``with`` block closes it."""

    def __init__(self, origin: Origin, version: int, on_push: PushCallback | None) -> None:
        super().__init__(version, None)
        self._origin = origin
        self._on_push = on_push

    def make_connection(self, version: int) -> Connection[Stream]:
        return _Connection(version, self, self._on_push)

    @property
    def version(self) -> int:
        """The version spoken, PROTO_SPDY3_1 for example."""
        return self.connection.version

    @property
    def is_usable(self) -> bool:
        """Whether requests can be made: the connection is there, and neither side wants to end it."""
        return not self.lost.done() and self.connection.session.want_read() and not self.connection.is_going_away

    def open(
        self,
        method: str,
        path: str,
        headers: Pairs = (),
        *,
        has_body: bool = False,
        priority: int = DEFAULT_PRIORITY,
    ) -> ClientStream:
        """Begins a request, and does not wait for anything.

        With *has_body*, :meth:`Stream.write` and :meth:`Stream.end` send its body.

        Raises ConnectionError if the connection is not usable any more.
        """
        if not self.is_usable:
            raise ConnectionError("the connection takes no more requests")
        stream = ClientStream(self)
        nv = request_nv(method, Target(self._origin, path), headers)
        self.connection.open_stream(stream, nv, stream._outbox.provider if has_body else None, priority)
        self.flush_soon()
        return stream

    async def request(
        self,
        method: str,
        path: str,
        headers: Pairs = (),
        body: Body | None = None,
        *,
        priority: int = DEFAULT_PRIORITY,
    ) -> ClientStream:
        """Makes a request and waits for the headers of the response, not for its body.

        *path* includes the query. *body* is sent at the pace at which the server takes it, also after this has
        returned.

        Raises ConnectionError if the connection is not usable any more, StreamResetError if the request fails, and
        what *body* raises.
        """
        stream = self.open(method, path, headers, has_body=body is not None, priority=priority)
        if body is not None:
            stream.send_body(body)
        try:
            await stream.response()
        except BaseException:
            stream.reset()
            raise
        return stream

    async def close(self) -> None:
        """Closes the connection; streams that are open are reset."""
        for stream in list(self.connection.streams.values()):
            stream.reset()
        self.go_away()
        await asyncio.wait([self.lost], timeout=CLOSE_TIMEOUT)
        self.abort()

    async def __aenter__(self) -> ClientConnection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


async def connect(
    url: str,
    *,
    context: ssl.SSLContext | None = None,
    version: int | None = None,
    on_push: PushCallback | None = None,
) -> ClientConnection:
    """Connects to the server that *url* names; its path has no meaning.

    For ``https:`` the version is negotiated by ALPN, and the certificate is verified with *context* or with the
    system's authorities. *version* is one of ``PROTO_SPDY2`` and so on, to speak only that; without it ``http:`` means
    SPDY/3.1. *on_push* is called with each stream that the server pushes; without it they are refused.

    Raises ValueError for a malformed URL, NegotiationError if the server speaks no SPDY, and OSError.
    """
    origin = parse_url(url).origin
    names = alpn_names(version)
    if origin.scheme == "https":
        context = context or client_context()
        context.set_alpn_protocols(names)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: ClientConnection(origin, version or constants.PROTO_SPDY3_1, on_push),
        origin.host,
        origin.port,
        ssl=context if origin.scheme == "https" else None,
    )
    await connection.ready
    return connection
