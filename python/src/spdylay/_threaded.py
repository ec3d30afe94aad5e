"""A connection of a threaded server: one thread moves the bytes, a worker for each request handles it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from . import constants
from ._connection import UNREAD_LIMIT, Connection
from ._exchange import Exchange
from ._outbox import Outbox
from ._wire import Socket, Wire
from .frames import NameValues, SynStreamFrame


class ThreadedConnection(Connection[Exchange]):
    """Serves one client. ``serve(exchange)`` is called in a thread of its own for each request.

    *timeout* is in seconds: how long a worker waits for the client, and how long a connection may be idle.
    """

    def __init__(
        self, sock: Socket, version: int, serve: Callable[[Exchange], None], timeout: float | None, max_streams: int
    ) -> None:
        super().__init__(constants.SERVER, version, max_streams)
        self.lock = threading.RLock()
        self.timeout = timeout
        self._serve = serve
        self._wire = Wire(sock, self.data_to_send, self.session.recv)
        self._workers = ThreadPoolExecutor(max_streams, thread_name_prefix="spdylay")
        self._working = 0
        self._is_waiting = False
        self._wake_up, self._woken = -1, -1

    def run(self) -> None:
        """Serves the client until it leaves, is idle for too long, or :meth:`go_away` is called."""
        self._woken, self._wake_up = os.pipe()
        try:
            while self._step():
                pass
        finally:
            with self.lock:
                self._wire.close()
                self.lost()
            self._workers.shutdown()
            with self.lock:
                os.close(self._woken)
                os.close(self._wake_up)
                self._wake_up = -1

    def go_away(self) -> None:
        """Lets the requests finish that are under way, and no others. For any thread."""
        with self.lock:
            self.session.submit_goaway(constants.GOAWAY_OK)
            self._wake()

    def _step(self) -> bool:
        """Moves what can be moved, else waits. Returns False at the end."""
        wire = self._wire
        with self.lock:
            moved = wire.send()
            may_read = self.version != constants.PROTO_SPDY2 or self._unread() < UNREAD_LIMIT
            if may_read:
                moved = wire.receive() or moved
            if wire.at_end or (self.is_over and not wire.has_unsent):
                return False
            if moved:
                return True
            self._is_waiting = True
        something = wire.wait(self.timeout, self._woken, reading=may_read)
        with self.lock:
            if not self._is_waiting:
                os.read(self._woken, 1)
            self._is_waiting = False
            if something or self._working:
                return True
            self.session.submit_goaway(constants.GOAWAY_OK)
            wire.send()
            return False

    def _unread(self) -> int:
        return sum(exchange.unread for exchange in self.streams.values())

    def _wake(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            os.write(self._wake_up, b"x")

    def stream_opened(self, frame: SynStreamFrame) -> Exchange:
        exchange = Exchange(self, frame.nv, not frame.flags & constants.CTRL_FLAG_FIN)
        self._working += 1
        self._workers.submit(self._work, exchange)
        return exchange

    def _work(self, exchange: Exchange) -> None:
        try:
            self._serve(exchange)
        finally:
            with self.lock:
                exchange.release()
                self._working -= 1

    # What exchanges ask for, with the lock held.

    def reply(self, exchange: Exchange, nv: NameValues, outbox: Outbox | None) -> None:
        self.session.submit_response(exchange.stream_id, nv, None if outbox is None else outbox.provider)
        self._wake()

    def resume(self, exchange: Exchange) -> None:
        self.session.resume_data(exchange.stream_id)
        self._wake()

    def consumed(self, exchange: Exchange, size: int) -> None:
        self.consume(exchange, size)
        self._wake()

    def abandon(self, exchange: Exchange) -> None:
        self.reset_stream(exchange, constants.INTERNAL_ERROR)
        self._wake()
