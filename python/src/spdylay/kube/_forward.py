"""Ports that are elsewhere."""

from __future__ import annotations

import io
import ssl
from types import TracebackType

from .. import constants
from .._blocking import StreamReader
from ._connection import RemoteStream, StreamingConnection, StreamWriter
from ._errors import ForwardError
from ._listener import Listener
from ._upgrade import DEFAULT_TIMEOUT, Access, upgrade

_PROTOCOL = "portforward.k8s.io"

_BUFFER = 65536
_TEXT_LIMIT = 65536


class _ErrorStream(RemoteStream):
    """Tells why there is no connection to the port; normally nothing."""

    def __init__(self, connection: StreamingConnection) -> None:
        super().__init__(connection)
        self._text = bytearray()

    def data_received(self, data: bytes) -> None:
        if len(self._text) < _TEXT_LIMIT:
            self._text += data

    def check(self) -> None:
        """Waits until the server has nothing more to tell; ForwardError if it told something."""
        self.read()
        if self._text:
            raise ForwardError(self._text.decode("utf-8", "replace").strip())


class _DataStream(RemoteStream):
    """The bytes. Their end is good only if there is no error."""

    def __init__(self, connection: StreamingConnection, errors: _ErrorStream) -> None:
        super().__init__(connection)
        self._errors = errors

    def read(self) -> bytes:
        data = super().read()
        if not data:
            self._errors.check()
        return data


class ForwardedConnection:
    """A connection to a port in a pod, made by :meth:`PortForward.connect`. A ``with`` block closes it."""

    reader: io.BufferedReader
    """What the port sends. Reading to the end raises ForwardError if the server has no connection to the port."""
    writer: io.RawIOBase
    """What to send there. Writing waits while the port takes nothing; closing ends this direction only."""

    def __init__(self, connection: StreamingConnection, port: int, request_id: int) -> None:
        self._errors = _ErrorStream(connection)
        self._data = _DataStream(connection, self._errors)
        headers = [("port", str(port)), ("requestid", str(request_id))]
        try:
            connection.open(self._errors, [("streamtype", "error"), *headers])
            connection.end(self._errors)
            connection.open(self._data, [("streamtype", "data"), *headers], is_written=True)
        except BaseException:
            self.close()
            raise
        self.reader = io.BufferedReader(StreamReader(self._data), _BUFFER)
        self.writer = StreamWriter(self._data)

    def close(self) -> None:
        """Closes the connection in both directions; what was not read is dropped."""
        for stream in (self._data, self._errors):
            stream.release()
            stream.reset(constants.CANCEL)

    def __enter__(self) -> ForwardedConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class PortForward:
    """Connections to the ports of a pod, made by :func:`port_forward` or :meth:`Pod.port_forward`. Any number of
    threads may use it. A ``with`` block closes all connections at its end."""

    def __init__(self, connection: StreamingConnection) -> None:
        self._connection = connection
        self._next_id = 0

    def connect(self, port: int) -> ForwardedConnection:
        """Connects to a port in the pod.

        Raises StreamResetError if the server refuses, TimeoutError if it does not answer. That nobody listens on the
        port is known only when reading.
        """
        with self._connection.lock:
            request_id = self._next_id
            self._next_id += 1
        return ForwardedConnection(self._connection, port, request_id)

    def listen(self, port: int, address: tuple[str, int] = ("127.0.0.1", 0)) -> Listener:
        """Listens on a local address, and forwards each connection to *port* in the pod. Port 0 lets the system choose
        one, which :attr:`Listener.address` tells.

        Raises OSError.
        """
        return Listener(address, lambda: self.connect(port))

    def close(self) -> None:
        """Closes all connections."""
        self._connection.close()

    def __enter__(self) -> PortForward:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def port_forward(
    url: str,
    *,
    token: str | None = None,
    context: ssl.SSLContext | None = None,
    timeout: float | None = DEFAULT_TIMEOUT,
) -> PortForward:
    """Connects to a streaming URL, as the PortForward call of a container runtime returns it.

    Arguments and errors are as for :func:`exec`.
    """
    sock, _ = upgrade(url, [_PROTOCOL], Access(token, context, timeout))
    return PortForward(StreamingConnection(sock, timeout, goaway_settles=False))
