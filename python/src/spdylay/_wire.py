"""Moves bytes between a socket, plain or TLS, and a session, for code that runs in threads."""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import suppress
from typing import Callable, Union

Socket = Union[socket.socket, ssl.SSLSocket]

# Pieces read in a row before it is the turn of sending.
_READS = 16


class Wire:
    """A socket without blocking, and the bytes that it did not take yet.

    ``source()`` returns bytes to send, empty if there are none; ``sink(data)`` processes those received, in place.
    """

    def __init__(self, sock: Socket, source: Callable[[], bytearray], sink: Callable[[memoryview], object]) -> None:
        sock.setblocking(False)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._source = source
        self._sink = sink
        self._incoming = memoryview(bytearray(65536))
        self._unsent = memoryview(b"")
        self._write_needs_read = False
        self.at_end = False
        """Whether the peer has closed its side."""

    @property
    def has_unsent(self) -> bool:
        """Whether the socket has not taken all yet."""
        return bool(self._unsent)

    def send(self) -> bool:
        """Sends until there is nothing more or the socket is full. Returns whether anything went out."""
        moved = False
        self._write_needs_read = False
        while True:
            if not self._unsent:
                self._unsent = memoryview(self._source())
                if not self._unsent:
                    return moved
            try:
                sent = self._sock.send(self._unsent)
            except ssl.SSLWantReadError:
                self._write_needs_read = True
                return moved
            except (BlockingIOError, ssl.SSLWantWriteError):
                return moved
            moved = True
            self._unsent = self._unsent[sent:]

    def receive(self) -> bool:
        """Receives what is there, up to a limit for fairness. Returns whether anything came in."""
        for count in range(_READS):
            try:
                length = self._sock.recv_into(self._incoming)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return count > 0
            if not length:
                self.at_end = True
                return count > 0
            self._sink(self._incoming[:length])
        return True

    def wait(self, timeout: float | None, *others: int, reading: bool = True) -> bool:
        """Waits until the socket can move bytes, or one of *others* is readable. Returns False after *timeout* seconds.

        Without *reading* it is not waited for bytes from the peer.
        """
        if reading and isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        poll = select.poll()
        events = select.POLLIN if reading or self._write_needs_read else 0
        if self._unsent and not self._write_needs_read:
            events |= select.POLLOUT
        poll.register(self._sock, events)
        for other in others:
            poll.register(other, select.POLLIN)
        ready = dict(poll.poll(None if timeout is None else max(timeout, 0) * 1000))
        if not events and self._sock.fileno() in ready:
            # Nothing was asked of it, so it can only be that the connection is gone, and polls would not wait again.
            self.at_end = True
        return bool(ready)

    def cut(self) -> None:
        """Ends the connection at once, also for a thread that waits here."""
        with suppress(OSError):
            # Not the method of a TLS socket, which would also forget that it is one.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Closes the socket, after telling a TLS peer that this is the end."""
        try:
            if isinstance(self._sock, ssl.SSLSocket):
                self._sock.unwrap()
        except OSError:
            # The peer need not be there to hear it.
            pass
        finally:
            self._sock.close()
