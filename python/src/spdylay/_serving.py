"""A connection of a threaded server: a worker for each request handles it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Callable

from . import constants
from ._exchange import Exchange
from ._outbox import Outbox
from ._threaded import ThreadedConnection
from ._wire import Socket
from .frames import NameValues, SynStreamFrame


class ServingConnection(ThreadedConnection[Exchange]):
    """Serves one client. ``serve(exchange)`` is called in a thread of its own for each request.

    *timeout* is in seconds: how long a worker waits for the client, and how long a connection may be idle.
    """

    def __init__(
        self, sock: Socket, version: int, serve: Callable[[Exchange], None], timeout: float | None, max_streams: int
    ) -> None:
        super().__init__(
            sock, constants.SERVER, version, timeout=timeout, idle_timeout=timeout, max_streams=max_streams
        )
        self._serve = serve
        self._workers = ThreadPoolExecutor(max_streams, thread_name_prefix="spdylay")
        self._working = 0

    def run(self) -> None:
        """Serves the client until it leaves, is idle for too long, or :meth:`go_away` is called."""
        try:
            super().run()
        finally:
            self._workers.shutdown()

    def go_away(self) -> None:
        """Lets the requests finish that are under way, and no others. For any thread."""
        with self.lock:
            self.session.submit_goaway(constants.GOAWAY_OK)
            self.wake()

    def idle(self) -> bool:
        if self._working:
            return True
        self.session.submit_goaway(constants.GOAWAY_OK)
        self._wire.send()
        return False

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

    def reply(self, exchange: Exchange, nv: NameValues, outbox: Outbox | None) -> None:
        self.session.submit_response(exchange.stream_id, nv, None if outbox is None else outbox.provider)
        self.wake()
