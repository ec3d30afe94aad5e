"""A peer that does just what a test tells it, good or bad."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Any, Callable

import spdylay

from .pair import End


class RawClient:
    """A client session on a plain socket, whose steps a test takes one by one."""

    def __init__(self, address: Any, version: int) -> None:
        self.end = End(spdylay.CLIENT, version)
        self.session = self.end.session
        self.socket = socket.create_connection(address[:2], 20)

    def send(self) -> None:
        """Sends all that the session has."""
        while data := self.session.data_to_send():
            self.socket.sendall(data)

    def receive_until(self, condition: Callable[[], object]) -> None:
        """Receives, and sends what that leads to, until a condition holds."""
        while True:
            self.send()
            if condition():
                return
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the server has closed the connection")
            self.session.recv(data)

    def __enter__(self) -> RawClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()
