"""Moves bytes between an asyncio transport and a connection."""

from __future__ import annotations

import asyncio
import ssl
from typing import Generic, TypeVar

from .. import constants
from .._connection import UNREAD_LIMIT, Connection
from .._tls import negotiated
from ..errors import NegotiationError, StreamResetError
from ._stream import Stream

AnyStream = TypeVar("AnyStream", bound=Stream)


class SPDYProtocol(asyncio.BufferedProtocol, Generic[AnyStream]):
    """One connection.

    *version* is for plain TCP; TLS has negotiated one. *idle_timeout* is in seconds: a connection is closed on which
    nothing moves for so long, unless a stream is open and the peer is not the one waited for.
    """

    connection: Connection[AnyStream]

    def __init__(self, version: int, idle_timeout: float | None) -> None:
        self._version = version
        self._idle_timeout = idle_timeout
        self._loop = asyncio.get_running_loop()
        self._buffer = memoryview(bytearray(65536))
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._is_flush_scheduled = False
        self._unread = 0
        self._last_move = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.ready: asyncio.Future[None] = self._loop.create_future()
        """Done when the version is known; has the exception if the peer speaks no SPDY."""
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Done when the connection is gone."""

    def make_connection(self, version: int) -> Connection[AnyStream]:
        """Makes the session's side of the connection. For subclasses."""
        raise NotImplementedError

    # What streams ask for.

    def kept(self, size: int) -> None:
        self._count_unread(size)

    def consumed(self, stream: AnyStream, size: int) -> None:
        self.connection.consume(stream, size)
        self._count_unread(-size)
        self.flush_soon()

    def resume(self, stream: AnyStream) -> None:
        self.connection.session.resume_data(stream.stream_id)
        self.flush_soon()

    def reset(self, stream: AnyStream, status_code: int) -> None:
        self.connection.reset_stream(stream, status_code)
        self.flush_soon()

    # The whole connection.

    def flush_soon(self) -> None:
        """Sends what the session has, once the running task waits."""
        if not self._is_flush_scheduled:
            self._is_flush_scheduled = True
            self._loop.call_soon(self._flush)

    def go_away(self) -> None:
        """Lets streams finish and opens no others; then the connection closes."""
        if self._transport is not None:
            self.connection.session.submit_goaway(constants.GOAWAY_OK)
            self.flush_soon()

    def abort(self) -> None:
        """Closes the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        try:
            version = self._version if tls is None else negotiated(tls, "the peer")
        except NegotiationError as error:
            self.ready.set_exception(error)
            transport.abort()
            return
        self._transport = transport
        self.connection = self.make_connection(version)
        self.ready.set_result(None)
        self._arm_timer()
        self._flush()

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._last_move = self._loop.time()
        self.connection.session.recv(self._buffer[:nbytes])
        self._flush()

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._last_move = self._loop.time()
        self._is_paused = False
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        if hasattr(self, "connection"):
            self.connection.lost()
        if not self.ready.done():
            self.ready.set_exception(error or StreamResetError(constants.INTERNAL_ERROR))
        self.lost.set_result(None)

    # Behind these.

    def _flush(self) -> None:
        self._is_flush_scheduled = False
        if self._transport is None:
            return
        while not self._is_paused:
            data = self.connection.data_to_send()
            if not data:
                break
            self._transport.write(data)
        if self.connection.is_over:
            self._transport.close()

    def _count_unread(self, size: int) -> None:
        self._unread += size
        if self._transport is not None and not self.connection.has_windows:
            if self._unread < UNREAD_LIMIT:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    def _arm_timer(self) -> None:
        if self._idle_timeout is not None:
            wait = self._last_move + self._idle_timeout - self._loop.time()
            self._timer = self._loop.call_later(max(wait, 0.01), self._check_idle)

    def _check_idle(self) -> None:
        assert self._idle_timeout is not None
        is_idle = self._loop.time() - self._last_move >= self._idle_timeout
        if is_idle and self._is_paused:
            self.abort()
        elif is_idle and not self.connection.streams:
            self.go_away()
        else:
            if is_idle:
                self._last_move = self._loop.time()
            self._arm_timer()
