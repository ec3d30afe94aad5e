"""Fetching URLs, with blocking calls."""

from __future__ import annotations

import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any, Callable, Protocol, Union

from . import constants
from ._arguments import Pairs
from ._connection import MAX_CONCURRENT_STREAMS, Connection, Stream
from ._http import Origin, parse_url, request_nv
from ._tls import alpn_names, client_context, negotiated
from ._wire import Socket, Wire
from .frames import NameValues
from .provider import DataProvider, ReadCtrl

Body = Union[bytes, IO[bytes], Iterable[bytes]]
"""What can be sent: bytes, a file that is open for reading them, or anything that yields them piece by piece."""


class BaseSPDYStreamHandler:
    """Receives one response of :func:`urlfetch`; to be subclassed.

    *url* is what is fetched. *fetcher* drives the connection; it has nothing of use here.
    """

    def __init__(self, url: str, fetcher: object) -> None:
        self.url = url
        """The URL."""
        self.fetcher = fetcher
        self.stream_id = 0
        """The id of the stream, known when something is received."""

    def on_header(self, nv: NameValues) -> None:
        """Headers have come: those of the response, which have ``:status``, or later ones."""

    def on_data(self, data: bytes) -> None:
        """A piece of the body has come."""

    def on_close(self, status_code: int) -> None:
        """The stream is over: OK, or the reason why it failed, as PROTOCOL_ERROR or INTERNAL_ERROR. Always the last
        call, also when the connection was lost."""


class HandlerFactory(Protocol):
    """A class like :class:`BaseSPDYStreamHandler`, or a function that makes such objects."""

    def __call__(self, url: str, fetcher: object, /) -> BaseSPDYStreamHandler: ...


def urlfetch(
    url_or_urls: str | Iterable[str],
    StreamHandlerClass: HandlerFactory,
    *,
    method: str = "GET",
    headers: Pairs = (),
    body: Body | Callable[[str], Body | None] | None = None,
    timeout: float | None = 60.0,
    context: ssl.SSLContext | None = None,
    version: int | None = None,
    priority: int = 3,
) -> None:
    """Fetches URLs and returns when all responses have come.

    For each URL a *StreamHandlerClass* is made, which receives the response as it comes. URLs in a row with the same
    scheme, host and port share a connection and are fetched at the same time.

    *body* is sent with each request as it is read, never held in memory as a whole; a function is called with the URL
    and returns the body for it. *timeout* is in seconds, for connecting and for each wait in which nothing moves; None
    is for ever.

    For ``https:`` the version is negotiated by ALPN and the server's certificate is verified with *context*, or with
    the system's authorities. With ``http:`` there is no negotiation. *version* is one of ``PROTO_SPDY2`` and so on, to
    speak only that; without it ``http:`` means SPDY/3.1.

    Raises ValueError for a malformed URL, TimeoutError, NegotiationError if the server speaks no SPDY, ConnectionError
    if the connection ends before all responses are there, other kinds of OSError, and whatever a handler raises.
    """
    urls = [url_or_urls] if isinstance(url_or_urls, str) else list(url_or_urls)
    targets = [(url, parse_url(url)) for url in urls]
    pairs = list(headers)
    for origin, group in groupby(targets, key=lambda pair: pair[1].origin):
        sock, spoken = _connect(origin, timeout, context, version)
        fetcher = _Fetcher(sock, spoken, timeout, priority)
        try:
            for url, target in group:
                handler = StreamHandlerClass(url, fetcher)
                fetcher.add(_Fetch(handler, request_nv(method, target, pairs), body(url) if callable(body) else body))
            fetcher.run()
        finally:
            fetcher.close()


class _Fetch(Stream):
    """The stream of one handler."""

    fetcher: _Fetcher

    def __init__(self, handler: BaseSPDYStreamHandler, nv: NameValues, body: Body | None) -> None:
        self.nv = nv
        self.body = body
        self._handler = handler
        self._has_response = False

    @property
    def may_repeat(self) -> bool:
        """Whether the request can be made once more, if the server has not looked at it."""
        return not self._has_response and (self.body is None or isinstance(self.body, bytes))

    def headers_received(self, nv: NameValues) -> None:
        self._has_response = True
        self._handler.stream_id = self.stream_id
        self._handler.on_header(nv)

    def data_received(self, data: bytes) -> None:
        self._handler.on_data(data)
        self.fetcher.connection.consume(self, len(data))

    def closed(self, status_code: int) -> None:
        self._handler.stream_id = self.stream_id
        if status_code != constants.REFUSED_STREAM or not self.fetcher.repeat(self):
            self._handler.on_close(status_code)


class _Fetcher:
    """One connection and what is fetched over it."""

    def __init__(self, sock: Socket, version: int, timeout: float | None, priority: int) -> None:
        self.connection: Connection[_Fetch] = Connection(constants.CLIENT, version)
        self._wire = Wire(sock, self.connection.data_to_send, self.connection.session.recv)
        self._timeout = timeout
        self._priority = priority
        # Those for which there is no stream yet.
        self._pending: deque[_Fetch] = deque()

    def add(self, fetch: _Fetch) -> None:
        fetch.fetcher = self
        self._pending.append(fetch)

    def repeat(self, fetch: _Fetch) -> bool:
        """The server refuses a stream, which it does to one more than it allows. Returns whether it is tried again."""
        again = fetch.may_repeat and not self.connection.is_going_away
        if again:
            self._pending.append(fetch)
        return again

    def run(self) -> None:
        connection, wire = self.connection, self._wire
        while True:
            # The server's own limit may not be known yet.
            while self._pending and len(connection.streams) < MAX_CONCURRENT_STREAMS:
                fetch = self._pending.popleft()
                body = None if fetch.body is None else _provider(fetch.body)
                connection.open_stream(fetch, fetch.nv, body, self._priority)
            sent = wire.send()
            received = wire.receive()
            missing = len(connection.streams) + len(self._pending)
            if not missing:
                return
            if wire.at_end or connection.is_over:
                raise ConnectionError(f"the server has ended the connection with {missing} responses to go")
            if not sent and not received and not wire.wait(self._timeout):
                raise TimeoutError(f"nothing happened for {self._timeout} seconds")

    def close(self) -> None:
        connection = self.connection
        try:
            connection.session.submit_goaway(constants.GOAWAY_OK)
            self._wire.send()
        except OSError:
            # It is going away already.
            pass
        finally:
            self._wire.close()
            connection.lost()
            while self._pending:
                self._pending.popleft().closed(constants.INTERNAL_ERROR)


def _connect(
    origin: Origin, timeout: float | None, context: ssl.SSLContext | None, version: int | None
) -> tuple[Socket, int]:
    """Returns a connected socket and the version to speak."""
    names = alpn_names(version)
    try:
        sock: Socket = socket.create_connection((origin.host, origin.port), timeout)
        if origin.scheme == "http":
            return sock, version or constants.PROTO_SPDY3_1
        try:
            context = context or client_context()
            context.set_alpn_protocols(names)
            sock = tls = context.wrap_socket(sock, server_hostname=origin.host)
            return tls, negotiated(tls, origin.authority)
        except BaseException:
            sock.close()
            raise
    except socket.timeout as error:
        # Before Python 3.10 this is no TimeoutError.
        raise TimeoutError(f"no connection to {origin.authority} within {timeout} seconds") from error


def _provider(body: Body) -> DataProvider:
    """Makes the provider that reads a body piece by piece."""
    return DataProvider(_Pieces(_pieces(body)), _Pieces.read)


def _pieces(body: Body) -> Iterator[bytes]:
    if isinstance(body, bytes):
        yield body
    elif hasattr(body, "read"):
        while piece := body.read(65536):
            yield piece
    else:
        yield from body


class _Pieces:
    """An iterator over bytes, read in other portions than it gives."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._offset = 0

    @staticmethod
    def read(_session: Any, _stream_id: int, length: int, control: ReadCtrl, self: _Pieces) -> bytes:
        while self._offset == len(self._piece):
            try:
                self._piece, self._offset = next(self._pieces), 0
            except StopIteration:
                control.flags = constants.READ_EOF
                return b""
        piece = self._piece[self._offset : self._offset + length]
        self._offset += len(piece)
        return piece
