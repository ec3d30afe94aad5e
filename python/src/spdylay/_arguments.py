"""Turns what Python programs pass into what C functions take, refusing what C would cut off or misread."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import Any, Union

from .errors import InvalidArgumentError
from .frames import SURROGATES

Pairs = Iterable[tuple[Union[str, bytes], Union[str, bytes]]]
"""Headers to send: pairs of name and value."""

MAX_ID = 2**31 - 1


def check(name: str, value: int, low: int, high: int) -> None:
    """C would cut off the upper bits of a number that is too large."""
    if not low <= value <= high:
        raise InvalidArgumentError(f"{name} is {value}, not {low} to {high}")


def check_stream(stream_id: int) -> None:
    check("stream_id", stream_id, 0, MAX_ID)


def array(nv: Pairs) -> Any:
    """Makes the array of C strings for headers; only it keeps them alive."""
    try:
        # This is a good part of what a request costs: hence no call of a function for each string.
        flat = [
            text if isinstance(text, bytes) else text.encode("utf-8", SURROGATES)
            for name, value in nv
            for text in (name, value)
        ]
    except (AttributeError, TypeError):
        raise InvalidArgumentError("headers are pairs of strings, and one of these is not") from None
    if b"\0" in b"".join(flat):
        raise InvalidArgumentError("a header has a NUL; for several values give several pairs of the same name")
    return (ctypes.c_char_p * (len(flat) + 1))(*flat)


def pointer(data: bytes | bytearray | memoryview) -> tuple[Any, int]:
    """Returns what to pass to C for the bytes of an object, which it keeps alive and in place, and their length."""
    if isinstance(data, bytes):
        return data, len(data)
    view = memoryview(data).cast("B")
    if view.readonly or not view.nbytes:
        return view.tobytes(), view.nbytes
    return ctypes.byref(ctypes.c_char.from_buffer(view)), view.nbytes
