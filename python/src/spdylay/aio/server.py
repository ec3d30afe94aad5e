"""The server side."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Callable

from .. import constants
from .._arguments import Pairs
from .._connection import MAX_CONCURRENT_STREAMS, Connection
from .._http import VERSION, MalformedMessage, Request, parse_request, response_nv
from .._tls import alpn_names
from ..errors import NegotiationError, StreamResetError
from ..frames import SynStreamFrame
from ._protocol import SPDYProtocol
from ._stream import Stream

log = logging.getLogger("spdylay.aio")

Handler = Callable[["ServerStream"], Awaitable[None]]
"""Handles one request, as a task."""


class Push(Stream):
    """What a server sends without being asked: :meth:`Stream.write` and :meth:`Stream.end` send its body."""

    def __init__(self, owner: ServerProtocol) -> None:
        super().__init__(owner)
        self._sent = asyncio.Event()

    async def wait_sent(self) -> None:
        """Waits until the client is told of it; StreamResetError if it cannot be."""
        await self._sent.wait()
        self._check()

    def push_sent(self) -> None:
        self._sent.set()

    def closed(self, status_code: int) -> None:
        super().closed(status_code)
        self._sent.set()


class ServerStream(Stream):
    """A request and its response."""

    def __init__(self, owner: ServerProtocol, request: Request) -> None:
        super().__init__(owner)
        self._protocol = owner
        self.request = request
        """Method, path, scheme, version, host and headers."""
        self.is_started = False
        """Whether the headers of the response are sent."""

    @property
    def method(self) -> str:
        """The request's method."""
        return self.request.method

    @property
    def path(self) -> str:
        """The request's path and query."""
        return self.request.path

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The request's headers, as pairs of name in lower case and value."""
        return self.request.headers

    def get_extra_info(self, name: str) -> Any:
        """Returns what the transport knows, for example about ``"peername"`` or ``"peercert"``."""
        return self._protocol.get_extra_info(name)

    def start(self, status: int, headers: Pairs = (), reason: str | None = None) -> None:
        """Sends the headers of the response; :meth:`Stream.write` and :meth:`Stream.end` send its body."""
        self._reply(response_nv(status, reason, headers), has_body=True)

    async def respond(self, status: int, headers: Pairs = (), body: bytes = b"", reason: str | None = None) -> None:
        """Sends a whole response."""
        self._reply(response_nv(status, reason, headers), has_body=bool(body))
        if body:
            await self.write(body)
            self.end()

    async def push(self, path: str, headers: Pairs = (), status: int = HTTPStatus.OK) -> Push:
        """Sends another resource along, before the response ends: the client gets it without asking.

        *headers* are those of the response that a request for *path* would get. This returns when the client is told,
        so that the response does not end before, as it must not.

        Raises StreamResetError if the client wants no pushes.
        """
        request = self.request
        nv = [
            (":scheme", request.scheme),
            (":host", request.host),
            (":path", path),
            *response_nv(status, None, headers),
        ]
        push = self._protocol.push(self, nv)
        await push.wait_sent()
        return push

    def _reply(self, nv: Pairs, has_body: bool) -> None:
        if self.is_started:
            raise RuntimeError("the response has begun already")
        self._check()
        self.is_started = True
        self._protocol.reply(self, nv, has_body)


class _Connection(Connection[Stream]):
    def __init__(self, version: int, max_streams: int, protocol: ServerProtocol) -> None:
        super().__init__(constants.SERVER, version, max_streams)
        self._protocol = protocol

    def stream_opened(self, frame: SynStreamFrame) -> Stream | None:
        return self._protocol.request_received(frame)


class ServerProtocol(SPDYProtocol[Stream]):
    """A connection of a client."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.version, server.idle_timeout)
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        # A client that speaks no SPDY is of interest to the log alone.
        self.ready.add_done_callback(_log_failure)
        server._connections.add(self)

    def make_connection(self, version: int) -> Connection[Stream]:
        return _Connection(version, self._server.max_streams, self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._server._connections.discard(self)

    def get_extra_info(self, name: str) -> Any:
        return None if self._transport is None else self._transport.get_extra_info(name)

    def cancel(self) -> None:
        """Cancels all handlers and closes the connection."""
        for task in self._tasks:
            task.cancel()
        self.abort()

    def request_received(self, frame: SynStreamFrame) -> Stream:
        try:
            request = parse_request(frame.nv)
        except MalformedMessage as error:
            stream = ServerStream(self, Request("", "", "", VERSION, "", frame.nv))
            work = stream.respond(HTTPStatus.BAD_REQUEST, [("content-type", "text/plain")], str(error).encode())
        else:
            stream = ServerStream(self, request)
            work = self._handle(stream)
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return stream

    async def _handle(self, stream: ServerStream) -> None:
        try:
            await self._server.handler(stream)
            if not stream.is_started:
                raise RuntimeError("the handler has sent no response")
            stream.end()
        except StreamResetError as error:
            log.info("%s %s: %s", stream.method, stream.path, error)
            stream.reset(constants.INTERNAL_ERROR)
        except Exception:
            log.exception("the handler of %s %s has failed", stream.method, stream.path)
            if stream.is_started or stream.is_closed:
                stream.reset(constants.INTERNAL_ERROR)
            else:
                await stream.respond(HTTPStatus.INTERNAL_SERVER_ERROR)
        except asyncio.CancelledError:
            stream.reset(constants.INTERNAL_ERROR)
            raise
        finally:
            stream.discard()

    # What streams ask for.

    def reply(self, stream: ServerStream, nv: Pairs, has_body: bool) -> None:
        body = stream._outbox.provider if has_body else None
        self.connection.session.submit_response(stream.stream_id, nv, body)
        self.flush_soon()

    def push(self, stream: ServerStream, nv: Pairs) -> Push:
        push = Push(self)
        self.connection.open_push(push, stream.stream_id, nv, push._outbox.provider)
        self.flush_soon()
        return push


class Server:
    """A server that runs, made by :func:`start_server`. A ``with`` block closes it."""

    def __init__(
        self, handler: Handler, version: int, max_streams: int, idle_timeout: float | None, close_timeout: float
    ) -> None:
        self.handler = handler
        self.version = version
        self.max_streams = max_streams
        self.idle_timeout = idle_timeout
        self._close_timeout = close_timeout
        self._connections: set[ServerProtocol] = set()
        self._server: asyncio.AbstractServer | None = None

    @property
    def sockets(self) -> Sequence[Any]:
        """The sockets it listens on."""
        return self._server.sockets if isinstance(self._server, asyncio.Server) else ()

    async def serve_forever(self) -> None:
        """Serves until the task is cancelled."""
        assert self._server is not None
        await self._server.serve_forever()

    async def close(self) -> None:
        """Accepts no more, lets the requests finish that are under way, and ends all connections."""
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        if connections:
            for connection in connections:
                connection.go_away()
            await asyncio.wait([connection.lost for connection in connections], timeout=self._close_timeout)
            for connection in connections:
                connection.cancel()

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


async def start_server(
    handler: Handler,
    host: str | Sequence[str] | None = None,
    port: int | None = None,
    *,
    context: ssl.SSLContext | None = None,
    version: int | None = None,
    max_streams: int = MAX_CONCURRENT_STREAMS,
    idle_timeout: float | None = 60.0,
    close_timeout: float = 5.0,
    **options: Any,
) -> Server:
    """Starts a server that calls ``await handler(stream)`` for each request, in a task of its own.

    With *context* it speaks TLS and negotiates the version by ALPN; *version* limits it to one. Without, it speaks
    *version*, SPDY/3.1 by default, over plain TCP. A client may have *max_streams* requests under way. *idle_timeout*
    is in seconds, None for ever: after it a connection is closed that has no request, or that takes nothing.
    :meth:`Server.close` gives requests *close_timeout* seconds to finish. *options* are those of
    ``asyncio.loop.create_server``.

    Raises OSError.
    """
    names = alpn_names(version)
    if context is not None:
        context.set_alpn_protocols(names)
    server = Server(handler, version or constants.PROTO_SPDY3_1, max_streams, idle_timeout, close_timeout)
    loop = asyncio.get_running_loop()
    server._server = await loop.create_server(lambda: ServerProtocol(server), host, port, ssl=context, **options)
    return server


def _log_failure(ready: asyncio.Future[None]) -> None:
    error = ready.exception()
    if isinstance(error, NegotiationError):
        log.warning("%s", error)
