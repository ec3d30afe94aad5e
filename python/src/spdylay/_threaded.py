"""A connection whose bytes one thread moves, for others that wait with its streams."""

from __future__ import annotations

import os
import threading
from typing import TypeVar

from ._blocking import BlockingStream
from ._connection import MAX_CONCURRENT_STREAMS, UNREAD_LIMIT, Connection
from ._wire import Socket, Wire

AnyStream = TypeVar("AnyStream", bound=BlockingStream)


class ThreadedConnection(Connection[AnyStream]):
    """One thread calls :meth:`run`. Everything else is for all threads, with the lock held.

    *timeout* is in seconds, and *idle_timeout* too: the first is for each wait of a stream, after the second without
    any move on the connection :meth:`idle` is called.
    """

    def __init__(
        self,
        sock: Socket,
        side: int,
        version: int,
        *,
        timeout: float | None,
        idle_timeout: float | None,
        max_streams: int = MAX_CONCURRENT_STREAMS,
        flow_control: bool = True,
    ) -> None:
        super().__init__(side, version, max_streams, flow_control=flow_control)
        self.lock = threading.RLock()
        self.timeout = timeout
        self._idle_timeout = idle_timeout
        self._wire = Wire(sock, self.data_to_send, self.session.recv)
        self._is_waiting = False
        self._wake_up, self._woken = -1, -1

    def run(self) -> None:
        """Moves bytes until the connection is over."""
        self._woken, self._wake_up = os.pipe()
        try:
            while self._step():
                pass
        finally:
            with self.lock:
                # From here on nobody is woken.
                self._is_waiting = False
                os.close(self._woken)
                os.close(self._wake_up)
                self._wire.close()
                self.lost()

    def idle(self) -> bool:
        """Nothing has moved for as long as *idle_timeout*. Returns whether to go on."""
        return True

    def wake(self) -> None:
        """Makes the thread of the connection look at the session, which has something to send."""
        if self._is_waiting:
            self._is_waiting = False
            os.write(self._wake_up, b"x")

    def _step(self) -> bool:
        """Moves what can be moved, else waits. Returns False at the end."""
        wire = self._wire
        with self.lock:
            moved = wire.send()
            may_read = self.has_windows or self._unread() < UNREAD_LIMIT
            if may_read:
                moved = wire.receive() or moved
            if wire.at_end or (self.is_over and not wire.has_unsent):
                return False
            if moved:
                return True
            self._is_waiting = True
        something = wire.wait(self._idle_timeout, self._woken, reading=may_read)
        with self.lock:
            if not self._is_waiting:
                os.read(self._woken, 1)
            self._is_waiting = False
            return something or self.idle()

    def _unread(self) -> int:
        return sum(stream.unread for stream in self.streams.values())

    # What streams ask for.

    def resume(self, stream: BlockingStream) -> None:
        self.session.resume_data(stream.stream_id)
        self.wake()

    def consumed(self, stream: BlockingStream, size: int) -> None:
        self.consume(stream, size)
        self.wake()

    def abandon(self, stream: BlockingStream, status_code: int) -> None:
        self.reset_stream(stream, status_code)
        self.wake()
