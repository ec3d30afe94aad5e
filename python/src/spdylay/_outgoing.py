"""Collects what a session sends, copying each byte once."""

from __future__ import annotations

import ctypes


class Outgoing:
    """Room for a number of bytes that C code has somewhere else."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._used = 0
        # Also keeps the buffer where it is.
        self._first: ctypes.c_char | None = None

    def append(self, address: int, length: int) -> int:
        """Copies bytes from an address, as many as there is room for; returns how many."""
        if self._first is None:
            self._buffer = bytearray(self._limit)
            self._first = ctypes.c_char.from_buffer(self._buffer)
        length = min(length, self._limit - self._used)
        ctypes.memmove(ctypes.addressof(self._first) + self._used, address, length)
        self._used += length
        return length

    def take(self) -> bytearray:
        """Returns what was collected. This ends the object's life."""
        self._first = None
        del self._buffer[self._used :]
        return self._buffer
