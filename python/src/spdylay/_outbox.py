"""Bytes between an application, which writes them when it likes, and a session, which asks when it can send."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable

from .constants import ERR_DEFERRED, READ_EOF
from .provider import DataProvider, ReadCtrl

HIGH_WATER = 65536
"""An application that has as many bytes waiting should wait as well."""
LOW_WATER = 16384
"""When as few are left it may go on."""


class Outbox:
    """The body of one message.

    ``on_room()`` is called when the bytes that wait have become few.
    """

    def __init__(self, on_room: Callable[[], None]) -> None:
        self.provider = DataProvider(None, self._read)
        """What to submit."""
        self.size = 0
        """Bytes that wait."""
        self._chunks: deque[bytes] = deque()
        self._offset = 0
        self._ended = False
        self._deferred = False
        self._on_room = on_room

    @property
    def is_full(self) -> bool:
        return self.size > HIGH_WATER

    def write(self, data: bytes) -> bool:
        """Adds bytes. Returns True if the session has to be told to resume."""
        if data:
            self._chunks.append(data)
            self.size += len(data)
        return self._awake()

    def end(self) -> bool:
        """Says that these were all. Returns True if the session has to be told to resume."""
        self._ended = True
        return self._awake()

    def discard(self) -> None:
        """Drops what waits: nobody will ask for it."""
        self._chunks.clear()
        self.size = self._offset = 0

    def _awake(self) -> bool:
        deferred, self._deferred = self._deferred, False
        return deferred

    def _read(self, _session: Any, _stream_id: int, length: int, control: ReadCtrl, _source: Any) -> bytes | int:
        pieces = []
        while self._chunks and length:
            chunk = self._chunks[0]
            piece = chunk[self._offset : self._offset + length]
            self._offset += len(piece)
            if self._offset == len(chunk):
                self._chunks.popleft()
                self._offset = 0
            pieces.append(piece)
            length -= len(piece)
        taken = sum(map(len, pieces))
        was_above = self.size > LOW_WATER
        self.size -= taken
        if self._ended and not self._chunks:
            control.flags = READ_EOF
        elif not taken:
            self._deferred = True
            return ERR_DEFERRED
        if was_above and self.size <= LOW_WATER:
            self._on_room()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
