"""A local port that is forwarded."""

from __future__ import annotations

import logging
import shutil
import socket
import socketserver
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, cast

if TYPE_CHECKING:
    from ._forward import ForwardedConnection

log = logging.getLogger("spdylay.kube")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    connect: Callable[[], ForwardedConnection]


class _Handler(socketserver.StreamRequestHandler):
    """Copies in both directions until the port ends the connection."""

    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            with self.server.connect() as remote:
                upwards = threading.Thread(target=self._copy_up, args=(remote,), daemon=True)
                upwards.start()
                shutil.copyfileobj(cast(Any, remote.reader.raw), self.wfile)
                # As with kubectl, that the port ends its direction is the end of both.
                self.request.shutdown(socket.SHUT_RDWR)
                upwards.join()
        except OSError as error:
            # Among them ForwardError. The client only sees that the connection ends.
            log.info("%s: %s", self.client_address[0], error)
            with suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)

    def _copy_up(self, remote: ForwardedConnection) -> None:
        with suppress(OSError):
            while data := self.request.recv(65536):
                remote.writer.write(data)
        remote.writer.close()


class Listener:
    """A local port, made by :meth:`PortForward.listen`, whose connections are forwarded. A ``with`` block closes it."""

    def __init__(self, address: tuple[str, int], connect: Callable[[], ForwardedConnection]) -> None:
        self._server = _Server(address, _Handler)
        self._server.connect = connect
        self.address: tuple[str, int] = self._server.server_address[:2]  # type: ignore[assignment]
        """Where it listens."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Accepts no more; connections go on."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
