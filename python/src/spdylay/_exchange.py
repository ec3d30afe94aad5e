"""One request and its response in a threaded server: the two ends that the connection's thread and a worker share.

All of it is guarded by the lock of the connection.
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
from .frames import NameValues


class StreamStalled(TimeoutError):
    """The client did nothing for too long."""


class Host(Protocol):
    """What an exchange needs of its connection."""

    lock: threading.RLock
    timeout: float | None

    def reply(self, exchange: Exchange, nv: NameValues, outbox: Outbox | None) -> None:
        """Sends the headers of the response."""

    def resume(self, exchange: Exchange) -> None:
        """There is more of the body."""

    def consumed(self, exchange: Exchange, size: int) -> None:
        """Bytes of the request's body were used."""

    def abandon(self, exchange: Exchange) -> None:
        """Resets the stream."""


class Exchange(Stream):
    """A stream that a worker serves.

    The worker's calls block. They raise StreamStalled after the connection's timeout, and StreamResetError once the
    stream is gone.
    """

    def __init__(self, host: Host, nv: NameValues, has_body: bool) -> None:
        self.nv = nv
        self.has_body = has_body
        self.is_replied = False
        self._host = host
        self._changed = threading.Condition(host.lock)
        self._incoming: deque[bytes] = deque()
        self.unread = 0
        """Bytes of the request's body that wait for the worker."""
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

    # The worker's thread.

    def read(self) -> bytes:
        """Waits for a piece of the request's body; empty at its end."""
        with self._host.lock:
            self._wait(
                lambda: bool(self._incoming) or self._is_complete or self._is_closed(), "the client sent nothing"
            )
            if self._incoming:
                data = self._incoming.popleft()
                self.unread -= len(data)
                self._host.consumed(self, len(data))
                return data
            if not self._is_complete:
                self._check()
            return b""

    def reply(self, nv: NameValues, has_body: bool) -> None:
        """Sends the headers of the response; the stream ends with them unless a body follows."""
        with self._host.lock:
            self._check()
            self._host.reply(self, nv, self._outbox if has_body else None)
            self.is_replied = True

    def write(self, data: bytes) -> None:
        """Sends a piece of the response's body, waiting while much is on its way."""
        with self._host.lock:
            self._check()
            if self._outbox.write(data):
                self._host.resume(self)
            self._wait(lambda: not self._outbox.is_full or self._is_closed(), "the client took nothing")

    def end(self) -> None:
        """Ends the response's body."""
        with self._host.lock:
            if not self._is_closed() and self._outbox.end():
                self._host.resume(self)

    def release(self) -> None:
        """The worker is done; what it has not read, and what may still come, is of no interest."""
        with self._host.lock:
            self._is_released = True
            self._incoming.clear()
            if self.unread:
                self._host.consumed(self, self.unread)
                self.unread = 0

    def fail(self) -> None:
        """Resets the stream: the worker failed half-way."""
        with self._host.lock:
            self._host.abandon(self)

    def _is_closed(self) -> bool:
        return self._status_code is not None

    def _check(self) -> None:
        if self._status_code is not None:
            raise StreamResetError(self._status_code)

    def _wait(self, predicate: Callable[[], Any], complaint: str) -> None:
        if not self._changed.wait_for(predicate, self._host.timeout):
            raise StreamStalled(f"{complaint} for {self._host.timeout} seconds")


class RequestBody(io.RawIOBase):
    """The body of a request as a file."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = memoryview(self._exchange.read())
        length = min(len(buffer), len(self._rest))
        buffer[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length
