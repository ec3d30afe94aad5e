"""A client and a server session that talk through memory."""

from __future__ import annotations

import gc
import io
from typing import Any

import spdylay

VERSIONS = (spdylay.PROTO_SPDY2, spdylay.PROTO_SPDY3, spdylay.PROTO_SPDY3_1)

REQUEST = [
    (":method", "GET"),
    (":path", "/"),
    (":scheme", "https"),
    (":version", "HTTP/1.1"),
    (":host", "localhost"),
]
RESPONSE = [(":status", "200 OK"), (":version", "HTTP/1.1")]

CALLBACKS = (
    "on_ctrl_recv_cb",
    "on_invalid_ctrl_recv_cb",
    "on_data_chunk_recv_cb",
    "on_data_recv_cb",
    "before_ctrl_send_cb",
    "on_ctrl_send_cb",
    "on_ctrl_not_send_cb",
    "on_data_send_cb",
    "on_stream_close_cb",
    "on_request_recv_cb",
    "on_ctrl_recv_parse_error_cb",
    "on_unknown_ctrl_recv_cb",
)
"""Those that tell of something, without the one that libspdylay 1.4 does not have."""


class End:
    """One end: a session that records what its callbacks get, as tuples of the callback's name and arguments."""

    def __init__(self, side: int, version: int, **callbacks: Any) -> None:
        self.events: list[tuple[Any, ...]] = []
        for name in CALLBACKS:
            callbacks.setdefault(name, self._record(name))
        self.session = spdylay.Session(side, version, user_data=self, **callbacks)

    def _record(self, name: str) -> Any:
        events = self.events

        def callback(_session: spdylay.Session, *arguments: Any) -> None:
            events.append((name, *arguments))

        return callback

    def named(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of one callback's calls."""
        return [event[1:] for event in self.events if event[0] == name]

    def frames(self, frame_type: int) -> list[Any]:
        """The control frames of one type that were received."""
        return [frame for (frame,) in self.named("on_ctrl_recv_cb") if frame.frame_type == frame_type]

    def received(self, stream_id: int) -> bytes:
        """The payload received on a stream."""
        chunks = self.named("on_data_chunk_recv_cb")
        return b"".join(data for _flags, chunk_stream, data in chunks if chunk_stream == stream_id)

    def closed(self) -> dict[int, int]:
        """The streams that ended, and how."""
        return dict(self.named("on_stream_close_cb"))


class Pair:
    """The two ends and the wire between them."""

    def __init__(self, version: int, client: Any = None, server: Any = None) -> None:
        self.client = End(spdylay.CLIENT, version, **(client or {}))
        self.server = End(spdylay.SERVER, version, **(server or {}))

    def run(self) -> None:
        """Carries bytes until neither end has any."""
        moved = True
        while moved:
            moved = False
            for source, target in ((self.client, self.server), (self.server, self.client)):
                data = source.session.data_to_send()
                if data:
                    moved = True
                    target.session.recv(data)


def body(data: bytes) -> spdylay.DataProvider:
    """A provider of bytes."""

    def read(_session: Any, _stream_id: int, length: int, control: spdylay.ReadCtrl, source: io.BytesIO) -> bytes:
        piece = source.read(length)
        if source.tell() == len(data):
            control.flags = spdylay.READ_EOF
        return piece

    return spdylay.DataProvider(io.BytesIO(data), read)


def collect() -> None:
    """Collects garbage for good."""
    # PyPy needs several rounds for objects with finalizers.
    for _ in range(3):
        gc.collect()
