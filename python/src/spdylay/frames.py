"""Control frames as callbacks see them: copies, which may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from . import _abi, constants

NameValues = list[tuple[str, str]]
"""Headers: pairs of name and value, a pair for each value of a name with several."""

Entries = list[tuple[int, int, int]]
"""Entries of a SETTINGS frame: tuples of id, flags and value."""


@dataclass
class CtrlFrame:
    """What all control frames have."""

    version: int
    """Version of the frame: 2, or 3 for SPDY/3 and SPDY/3.1."""
    frame_type: int
    """The type, which says of what subclass this is: SYN_STREAM, SYN_REPLY, and so on."""
    flags: int
    """Flags of the frame, bits of ``CTRL_FLAG_`` or, for SETTINGS, ``FLAG_SETTINGS_``."""
    length: int
    """Length of the payload in bytes; 0 in a frame that failed before it was packed."""


@dataclass
class SynStreamFrame(CtrlFrame):
    """Opens a stream."""

    stream_id: int
    """The stream: odd if the client opened it, even if the server did."""
    assoc_stream_id: int
    """For a server push, the stream of the request it goes with; else 0."""
    pri: int
    """Priority; 0 is the highest."""
    slot: int
    """Slot of the client certificate to use."""
    nv: NameValues
    """The headers. Empty when the frame was too large to be decoded."""


@dataclass
class SynReplyFrame(CtrlFrame):
    """Answers a SYN_STREAM."""

    stream_id: int
    """The stream."""
    nv: NameValues
    """The headers. Empty when the frame was too large to be decoded."""


@dataclass
class HeadersFrame(CtrlFrame):
    """Adds headers to an open stream."""

    stream_id: int
    """The stream."""
    nv: NameValues
    """The headers. Empty when the frame was too large to be decoded."""


@dataclass
class RstStreamFrame(CtrlFrame):
    """Ends a stream at once."""

    stream_id: int
    """The stream."""
    status_code: int
    """Why: PROTOCOL_ERROR, CANCEL, and so on; a peer may send any number."""


@dataclass
class SettingsFrame(CtrlFrame):
    """Tells the peer parameters of the connection."""

    iv: Entries
    """The entries: tuples of id, flags and value."""


@dataclass
class PingFrame(CtrlFrame):
    """Measures the round trip."""

    unique_id: int
    """Odd if the client began, even if the server did; the reply repeats it."""


@dataclass
class GoawayFrame(CtrlFrame):
    """Announces the end of the session."""

    last_good_stream_id: int
    """The last stream that its sender has accepted; 0 if none."""
    status_code: int
    """Why: GOAWAY_OK and so on; 0 in SPDY/2."""


@dataclass
class WindowUpdateFrame(CtrlFrame):
    """Opens a flow-control window."""

    stream_id: int
    """The stream; 0 for the whole connection in SPDY/3.1."""
    delta_window_size: int
    """By how many bytes."""


SURROGATES = "surrogateescape"
"""Headers are UTF-8 by custom only; what is not survives in a string as surrogates, and is restored from them."""


def decode(text: bytes) -> str:
    """Turns a part of a header into a string."""
    return text.decode("utf-8", SURROGATES)


def encode(text: str | bytes) -> bytes:
    """The reverse of :func:`decode`; bytes are taken as they are."""
    return text if isinstance(text, bytes) else text.encode("utf-8", SURROGATES)


def _name_values(nv: Any) -> NameValues:
    pairs: NameValues = []
    if nv:
        index = 0
        while (name := nv[index]) is not None:
            pairs.append((decode(name), decode(nv[index + 1])))
            index += 2
    return pairs


_Head = tuple[int, int, int, int]


def _syn_stream(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.syn_stream
    nv = _name_values(c.nv)
    return SynStreamFrame(*head, c.stream_id, c.assoc_stream_id, c.pri, c.slot, nv)


def _syn_reply(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.syn_reply
    return SynReplyFrame(*head, c.stream_id, _name_values(c.nv))


def _headers(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.headers
    return HeadersFrame(*head, c.stream_id, _name_values(c.nv))


def _rst_stream(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.rst_stream
    return RstStreamFrame(*head, c.stream_id, c.status_code)


def _settings(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.settings
    entries = [(e.settings_id, e.flags, e.value) for e in (c.iv[i] for i in range(c.niv))]
    return SettingsFrame(*head, entries)


def _ping(head: _Head, frame: Any) -> CtrlFrame:
    return PingFrame(*head, frame.ping.unique_id)


def _goaway(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.goaway
    return GoawayFrame(*head, c.last_good_stream_id, c.status_code)


def _window_update(head: _Head, frame: Any) -> CtrlFrame:
    c = frame.window_update
    return WindowUpdateFrame(*head, c.stream_id, c.delta_window_size)


_BY_TYPE: dict[int, Callable[[_Head, Any], CtrlFrame]] = {
    constants.SYN_STREAM: _syn_stream,
    constants.SYN_REPLY: _syn_reply,
    constants.RST_STREAM: _rst_stream,
    constants.SETTINGS: _settings,
    constants.PING: _ping,
    constants.GOAWAY: _goaway,
    constants.HEADERS: _headers,
    constants.WINDOW_UPDATE: _window_update,
}


def from_c(frame_type: int, pointer: Any) -> CtrlFrame:
    """Copies the frame that the library passes to a callback."""
    frame: _abi.Frame = pointer.contents
    hd = frame.hd
    head = (hd.version, frame_type, hd.flags, hd.length)
    return _BY_TYPE[frame_type](head, frame)
