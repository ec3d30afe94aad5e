"""Streams for threads that wait: for what comes, and for room for what they send.

All of it is guarded by the lock of the connection, whose bytes another thread moves.
"""

from __future__ import annotations

import io
import threading
from collections import deque
from typing import Any, Callable, Protocol

from . import constants
from ._connection import Stream
from ._outbox import Outbox
from .errors import StreamResetError


class StreamStalled(TimeoutError):
    """The peer did nothing for too long."""


class Host(Protocol):
    """What a stream needs of its connection."""

    lock: threading.RLock
    timeout: float | None

    def resume(self, stream: BlockingStream) -> None:
        """There is more to send."""

    def consumed(self, stream: BlockingStream, size: int) -> None:
        """Bytes received were used."""

    def abandon(self, stream: BlockingStream, status_code: int) -> None:
        """Resets the stream."""


class BlockingStream(Stream):
    """A stream that one thread may read and one may write.

    Their calls block. They raise StreamStalled after the connection's timeout, and StreamResetError once the stream is
    gone.
    """

    def __init__(self, host: Host) -> None:
        self.unread = 0
        """Bytes received that wait to be read."""
        self._host = host
        self._changed = threading.Condition(host.lock)
        self._incoming: deque[bytes] = deque()
        self._is_released = False
        self._is_complete = False
        self._status_code: int | None = None
        self._outbox = Outbox(self._changed.notify_all)

    # The thread of the connection.

    def data_received(self, data: bytes) -> None:
        if self._is_released:
            self._host.consumed(self, len(data))
            return
        self._incoming.append(data)
        self.unread += len(data)
        self._changed.notify_all()

    def end_received(self) -> None:
        self._is_complete = True
        self._changed.notify_all()

    def closed(self, status_code: int) -> None:
        self._status_code = status_code
        if status_code != constants.OK:
            self._outbox.discard()
        self._changed.notify_all()

    # The other threads.

    def read(self) -> bytes:
        """Waits for a piece of what the peer sends; empty at its end."""
        with self._host.lock:
            self._wait(lambda: bool(self._incoming) or self._is_complete or self._is_closed(), "the peer sent nothing")
            if self._incoming:
                data = self._incoming.popleft()
                self.unread -= len(data)
                self._host.consumed(self, len(data))
                return data
            if not self._is_complete:
                self._check()
            return b""

    def write(self, data: bytes) -> None:
        """Sends a piece, waiting while much is on its way."""
        with self._host.lock:
            self._check()
            if self._outbox.write(data):
                self._host.resume(self)
            self._wait(lambda: not self._outbox.is_full or self._is_closed(), "the peer took nothing")

    def end(self) -> None:
        """Ends this side of the stream."""
        with self._host.lock:
            if not self._is_closed() and self._outbox.end():
                self._host.resume(self)

    def release(self) -> None:
        """Nobody reads any more; what was not read, and what may still come, is of no interest."""
        with self._host.lock:
            self._is_released = True
            self._incoming.clear()
            if self.unread:
                self._host.consumed(self, self.unread)
                self.unread = 0

    def reset(self, status_code: int) -> None:
        """Ends the stream at once."""
        with self._host.lock:
            self._host.abandon(self, status_code)

    def _is_closed(self) -> bool:
        return self._status_code is not None

    def _check(self) -> None:
        if self._status_code is not None:
            raise StreamResetError(self._status_code)

    def _wait(self, predicate: Callable[[], Any], complaint: str) -> None:
        if not self._changed.wait_for(predicate, self._host.timeout):
            raise StreamStalled(f"{complaint} for {self._host.timeout} seconds")


class StreamReader(io.RawIOBase):
    """What a stream receives, as a file."""

    def __init__(self, stream: BlockingStream) -> None:
        self._stream = stream
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(self._stream.read())
        length = min(len(buffer), len(self._rest))
        buffer[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length
