"""One request and its response in a threaded server: what the connection's thread and a worker share."""

from __future__ import annotations

from typing import Protocol

from ._blocking import BlockingStream, Host
from ._outbox import Outbox
from .frames import NameValues


class ExchangeHost(Host, Protocol):
    """What an exchange needs of its connection."""

    def reply(self, exchange: Exchange, nv: NameValues, outbox: Outbox | None) -> None:
        """Sends the headers of the response."""


class Exchange(BlockingStream):
    """A stream that a worker serves."""

    _host: ExchangeHost

    def __init__(self, host: ExchangeHost, nv: NameValues, has_body: bool) -> None:
        super().__init__(host)
        self.nv = nv
        self.has_body = has_body
        self.is_replied = False

    def reply(self, nv: NameValues, has_body: bool) -> None:
        """Sends the headers of the response; the stream ends with them unless a body follows."""
        with self._host.lock:
            self._check()
            self._host.reply(self, nv, self._outbox if has_body else None)
            self.is_replied = True
