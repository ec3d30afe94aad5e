"""Bytes are copied once on their way from the library to the socket, and not at all on their way to it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import spdylay
from spdylay._wire import Wire

from .pair import REQUEST

SIZE = 4_000_000
DATA = bytes(SIZE)


def whole(_session: Any, _stream_id: int, length: int, control: spdylay.ReadCtrl, _source: Any) -> bytes:
    """Provides all at once, and what is there already."""
    assert length >= SIZE
    control.flags = spdylay.READ_EOF
    return DATA


def client(version: int, **callbacks: Any) -> spdylay.Session:
    """A session that has one large frame to send."""
    session = spdylay.Session(spdylay.CLIENT, version, **callbacks)
    session.set_option(spdylay.OPT_NO_FLOW_CONTROL, 1)
    session.set_option(spdylay.OPT_MAX_DATA_PAYLOAD, SIZE)
    session.submit_request(0, REQUEST, spdylay.DataProvider(None, whole))
    return session


def server(version: int) -> spdylay.Session:
    session = spdylay.Session(spdylay.SERVER, version)
    session.set_option(spdylay.OPT_NO_FLOW_CONTROL, 1)
    return session


class FakeSocket:
    """Takes everything, and gives what it is made with."""

    family = None

    def __init__(self, incoming: bytearray) -> None:
        self.taken = 0
        self._incoming = memoryview(incoming)

    def setblocking(self, flag: bool) -> None:
        pass

    def send(self, data: memoryview) -> int:
        self.taken += len(data)
        return len(data)

    def recv_into(self, buffer: memoryview) -> int:
        length = min(len(buffer), len(self._incoming))
        if not length:
            raise BlockingIOError
        buffer[:length] = self._incoming[:length]
        self._incoming = self._incoming[length:]
        return length


def peak(call: Callable[[], object]) -> int:
    """The most memory that objects made in a call have had, in bytes."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_sent_is_copied_once(version: int) -> None:
    session = client(version)
    assert SIZE <= peak(lambda: session.data_to_send(SIZE + 1000)) < 1.2 * SIZE

    session = client(version)
    assert SIZE <= peak(session.mem_send) + peak(session.mem_send) < 1.2 * SIZE

    session = client(version, send_cb=lambda _session, data: len(data))
    assert SIZE <= peak(session.send) < 1.2 * SIZE


def test_what_is_received_is_not_copied(version: int) -> None:
    frames = client(version).data_to_send(2 * SIZE)
    session = server(version)
    assert peak(lambda: session.recv(memoryview(frames))) < 0.1 * SIZE


def test_between_a_socket_and_the_session_there_is_one_buffer(version: int) -> None:
    frames = client(version).data_to_send(2 * SIZE)
    sending, receiving = client(version), server(version)
    sock: Any = FakeSocket(frames)
    buffers = 2 * 65536

    def move() -> None:
        wire = Wire(sock, sending.data_to_send, receiving.recv)
        while wire.receive() or wire.send():
            pass

    assert peak(move) < 2 * buffers
    assert sock.taken == len(frames)
