"""One stream of an asyncio connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Protocol, TypeVar

from .. import _connection, constants
from .._outbox import Outbox
from ..errors import StreamResetError

Self = TypeVar("Self", bound="Stream")


class Owner(Protocol):
    """What a stream needs of its connection."""

    def kept(self, size: int) -> None:
        """Bytes received wait to be read."""

    def consumed(self, stream: Stream, size: int) -> None:
        """Bytes received were used."""

    def resume(self, stream: Stream) -> None:
        """There is more to send."""

    def reset(self, stream: Stream, status_code: int) -> None:
        """Ends the stream at once."""


class Stream(_connection.Stream, AsyncIterator[bytes]):
    """A stream of bytes in each direction.

    ``async for data in stream`` yields the peer's body piece by piece. Only one task may read and one write at a time.
    Reading and writing raise StreamResetError once the stream is reset or the connection is lost. A ``with`` block
    resets a stream that is not over at its end.
    """

    def __init__(self, owner: Owner) -> None:
        loop = asyncio.get_running_loop()
        self._owner = owner
        self._outbox = Outbox(self._room_made)
        self._incoming: deque[bytes] = deque()
        self._unread = 0
        self._is_complete = False
        self._is_discarding = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._closed: asyncio.Future[int] = loop.create_future()

    # Reading.

    async def __anext__(self) -> bytes:
        if not await self._wait_for_data():
            raise StopAsyncIteration
        return self._take()

    async def read(self) -> bytes:
        """Reads the rest of the body."""
        return b"".join([data async for data in self])

    async def _wait_for_data(self) -> bool:
        """Returns whether there is data, False at the end."""
        while not self._incoming:
            if self._is_complete:
                return False
            self._check()
            if self._reader is not None:
                raise RuntimeError("two tasks are reading one stream")
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return True

    def _take(self) -> bytes:
        data = self._incoming.popleft()
        if self._unread:
            self._unread -= len(data)
            self._owner.consumed(self, len(data))
        return data

    def discard(self) -> None:
        """Drops what has come and was not read, and all that is yet to come."""
        self._is_discarding = True
        self._incoming.clear()
        self._make_room()

    def _make_room(self) -> None:
        if self._unread:
            self._owner.consumed(self, self._unread)
            self._unread = 0

    # Writing.

    async def write(self, data: bytes) -> None:
        """Sends a piece of the body; waits while much is on its way."""
        self._check()
        if self._outbox.write(bytes(data)):
            self._owner.resume(self)
        while self._outbox.is_full:
            if self._writer is not None:
                raise RuntimeError("two tasks are writing to one stream")
            self._writer = asyncio.get_running_loop().create_future()
            try:
                await self._writer
            finally:
                self._writer = None
            self._check()

    def end(self) -> None:
        """Ends the body."""
        if not self._closed.done() and self._outbox.end():
            self._owner.resume(self)

    # The stream as a whole.

    def reset(self, status_code: int = constants.CANCEL) -> None:
        """Ends the stream at once, in both directions."""
        if not self._closed.done():
            self._owner.reset(self, status_code)

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.reset()
        self.discard()

    @property
    def is_closed(self) -> bool:
        """Whether the stream is over."""
        return self._closed.done()

    async def wait_closed(self) -> int:
        """Waits until both sides have finished or the stream is reset; returns OK or the reason."""
        return await asyncio.shield(self._closed)

    def _check(self) -> None:
        if self._closed.done() and self._closed.result() != constants.OK:
            raise StreamResetError(self._closed.result())

    # What the connection reports.

    def data_received(self, data: bytes) -> None:
        self._owner.kept(len(data))
        if self._is_discarding:
            self._owner.consumed(self, len(data))
            return
        self._incoming.append(data)
        self._unread += len(data)
        _wake(self._reader)

    def end_received(self) -> None:
        self._is_complete = True
        _wake(self._reader)

    def closed(self, status_code: int) -> None:
        self._closed.set_result(status_code)
        if status_code != constants.OK:
            self._outbox.discard()
        # What is here is all that will ever be on this stream, and must not keep other streams from receiving.
        self._make_room()
        _wake(self._reader)
        _wake(self._writer)

    def _room_made(self) -> None:
        _wake(self._writer)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
