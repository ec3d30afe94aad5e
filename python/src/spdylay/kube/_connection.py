"""A connection of the kind that Kubernetes has: streams without HTTP, and without flow control."""

from __future__ import annotations

import io
import threading
from contextlib import suppress
from typing import Any

from .. import constants
from .._arguments import Pairs
from .._blocking import BlockingStream
from .._threaded import ThreadedConnection
from .._wire import Socket

KEEP_ALIVE = 10.0
"""Seconds without any move after which a PING shows proxies on the way that the connection is in use."""

CLOSE_TIMEOUT = 5.0
"""Seconds that the peer may take to accept what is left to send."""

MAX_DATA_PAYLOAD = 32768


class RemoteStream(BlockingStream):
    """A stream to the server. Servers end streams with CANCEL when all is said."""

    _host: StreamingConnection

    def __init__(self, connection: StreamingConnection) -> None:
        super().__init__(connection)
        self._is_replied = False

    def headers_received(self, nv: Any) -> None:
        self._is_replied = True
        self._changed.notify_all()

    def closed(self, status_code: int) -> None:
        if status_code == constants.CANCEL or self._host.is_settled:
            self._is_complete = True
        super().closed(status_code)

    def wait_for_reply(self, timeout: float | None) -> None:
        """Waits until the server accepts the stream; TimeoutError, or StreamResetError if it does not."""
        if not self._changed.wait_for(lambda: self._is_replied or self._is_closed(), timeout):
            raise TimeoutError(f"the server did not accept a stream within {timeout} seconds")
        if not self._is_replied:
            self._check()


class StreamWriter(io.RawIOBase):
    """What a stream sends, as a file. Writing takes all bytes, waiting while the peer does not; closing ends it."""

    def __init__(self, stream: RemoteStream) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.closed:
            raise ValueError("this side of the stream is closed")
        view = memoryview(data).cast("B")
        # Piece by piece, so that few are copied at a time.
        for start in range(0, len(view), MAX_DATA_PAYLOAD):
            self._stream.write(bytes(view[start : start + MAX_DATA_PAYLOAD]))
        return len(view)

    def close(self) -> None:
        if not self.closed:
            self._stream.end()
        super().close()


class StreamingConnection(ThreadedConnection[RemoteStream]):
    """A client's connection after the upgrade, with a thread that moves its bytes.

    *timeout* is in seconds, for opening a stream; streams that are open may take as long as they like. *goaway_settles*
    tells whether a server that sends GOAWAY has said all there is to say.
    """

    def __init__(self, sock: Socket, timeout: float | None, *, goaway_settles: bool) -> None:
        super().__init__(
            sock,
            constants.CLIENT,
            constants.PROTO_SPDY3_1,
            timeout=None,
            idle_timeout=KEEP_ALIVE,
            flow_control=False,
        )
        self.session.set_option(constants.OPT_MAX_DATA_PAYLOAD, MAX_DATA_PAYLOAD)
        # The first call only starts the clock.
        self.session.keep_alive(int(KEEP_ALIVE * 1000))
        self._goaway_settles = goaway_settles
        self._is_settled = False
        self._open_timeout = timeout
        self.is_lost = False
        """Whether there is no connection any more."""
        self._thread = threading.Thread(target=self._run, name="spdylay.kube", daemon=True)
        self._thread.start()

    @property
    def is_settled(self) -> bool:
        """Whether all is said, so that the connection may end without harm."""
        return self._is_settled or (self._goaway_settles and self.is_going_away)

    def settle(self) -> None:
        """All is said."""
        self._is_settled = True

    def open(self, stream: RemoteStream, nv: Pairs, *, is_written: bool = False) -> None:
        """Opens a stream, and waits for the reply: Kubernetes drops what comes before. :meth:`BlockingStream.write`
        and :meth:`BlockingStream.end` are for streams that are *is_written*.

        Raises TimeoutError, StreamResetError if the server refuses, and ConnectionResetError, of which that is a kind.
        """
        with self.lock:
            if self.is_lost or self.is_going_away:
                raise ConnectionResetError("the connection has ended")
            stream.stream_id = self.session.submit_syn_stream(constants.CTRL_FLAG_NONE, 0, nv)
            self.streams[stream.stream_id] = stream
            self.wake()
            stream.wait_for_reply(self._open_timeout)
            if is_written:
                self.session.submit_data(stream.stream_id, constants.DATA_FLAG_FIN, stream._outbox.provider)
                self.wake()

    def end(self, stream: RemoteStream) -> None:
        """Ends this side of a stream that is not written."""
        with self.lock:
            self.session.submit_fin(stream.stream_id)
            self.wake()

    def idle(self) -> bool:
        # A PING without answer proves nothing: such peers lose some when they are busy.
        self.session.keep_alive(0)
        return True

    def lost(self) -> None:
        self.is_lost = True
        super().lost()

    def _run(self) -> None:
        # What went wrong with the connection, each stream is told.
        with suppress(OSError):
            self.run()

    def close(self) -> None:
        """Resets all streams and closes the connection. It may be called again."""
        with self.lock:
            for stream in list(self.streams.values()):
                self.reset_stream(stream, constants.CANCEL)
            # These peers read nothing behind a GOAWAY.
            self.session.shutdown()
            self.wake()
        self._thread.join(CLOSE_TIMEOUT)
        if self._thread.is_alive():
            with self.lock:
                self._wire.cut()
            self._thread.join()
