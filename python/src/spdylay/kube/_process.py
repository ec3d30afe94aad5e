"""A command that runs elsewhere."""

from __future__ import annotations

import io
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType

from .._blocking import StreamReader
from ..errors import InvalidArgumentError
from ._connection import RemoteStream, StreamingConnection, StreamWriter
from ._errors import CommandError
from ._status import StatusStream
from ._upgrade import DEFAULT_TIMEOUT, Access, upgrade

# Version 1 is left out: it has no way to end the input.
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io")
_PLAIN = ("v3.channel.k8s.io", "v2.channel.k8s.io")
_WITHOUT_RESIZE = "v2.channel.k8s.io"

_BUFFER = 65536


class Process:
    """A command that runs in a container, made by :func:`exec`, :meth:`Pod.exec` or :meth:`Pod.attach`.

    A ``with`` block closes the connection at its end, which ends most commands that still run.
    """

    stdin: io.RawIOBase | None
    """What the command reads, if asked for. Writing waits while the command does not read; closing ends its input."""
    stdout: io.BufferedReader | None
    """What the command writes, if asked for."""
    stderr: io.BufferedReader | None
    """Likewise, its errors. With a terminal they come by ``stdout``."""

    def __init__(
        self, connection: StreamingConnection, protocol: str, *, stdin: bool, stdout: bool, stderr: bool, tty: bool
    ) -> None:
        self.protocol = protocol
        """The version of the remote command protocol that the server has chosen."""
        self._connection = connection
        self._status = StatusStream(connection, protocol in _PLAIN)
        connection.open(self._status, [("streamtype", "error")])
        self.stdin = StreamWriter(self._open("stdin", is_written=True)) if stdin else None
        self.stdout = self._reader("stdout") if stdout else None
        self.stderr = self._reader("stderr") if stderr and not tty else None
        self._resize = self._open("resize", is_written=True) if tty and protocol != _WITHOUT_RESIZE else None

    def _open(self, kind: str, *, is_written: bool = False) -> RemoteStream:
        stream = RemoteStream(self._connection)
        self._connection.open(stream, [("streamtype", kind)], is_written=is_written)
        return stream

    def _reader(self, kind: str) -> io.BufferedReader:
        return io.BufferedReader(StreamReader(self._open(kind)), _BUFFER)

    @property
    def returncode(self) -> int | None:
        """The exit code, None as long as none is known."""
        outcome = self._status.outcome
        return outcome if isinstance(outcome, int) else None

    def wait(self, timeout: float | None = None) -> int:
        """Waits until the command ends; returns its exit code. Output that is not read can keep it from ending.

        *timeout* is in seconds. Raises TimeoutError, CommandError if the command could not be run, and ConnectionError
        if the connection was lost before the server has told.
        """
        outcome = self._status.wait_for_outcome(timeout)
        if isinstance(outcome, CommandError):
            raise outcome
        return outcome

    def communicate(self, input: bytes | None = None) -> tuple[bytes, bytes]:
        """Sends *input* and ends the command's input, reads all output, and waits for the end. Returns what came by
        ``stdout`` and by ``stderr``.

        A command need not read all its input. Raises as :meth:`wait`.
        """
        with ThreadPoolExecutor(2, thread_name_prefix="spdylay.kube") as threads:
            feeding = threads.submit(self._feed, input)
            stderr = threads.submit(_read_all, self.stderr)
            output = _read_all(self.stdout)
            feeding.result()
            errors = stderr.result()
        self.wait()
        return output, errors

    def _feed(self, input: bytes | None) -> None:
        if self.stdin is not None:
            # A command that has ended without reading is no error; that the connection is lost, others will tell.
            with suppress(ConnectionError):
                self.stdin.write(input or b"")
            self.stdin.close()

    def resize(self, width: int, height: int) -> None:
        """Tells a command with a terminal how large it is, in characters.

        Raises InvalidArgumentError if there is no terminal, ConnectionError if the command has ended.
        """
        if self._resize is None:
            raise InvalidArgumentError("the command has no terminal whose size could be set")
        self._resize.write(json.dumps({"Width": width, "Height": height}).encode() + b"\n")

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _read_all(file: io.BufferedReader | None) -> bytes:
    return b"" if file is None else file.read()


def exec(
    url: str,
    *,
    stdin: bool = False,
    stdout: bool = True,
    stderr: bool = True,
    tty: bool = False,
    token: str | None = None,
    context: ssl.SSLContext | None = None,
    timeout: float | None = DEFAULT_TIMEOUT,
) -> Process:
    """Connects to a streaming URL, as the Exec and Attach calls of a container runtime return them.

    *stdin*, *stdout*, *stderr* and *tty* are to be as they were in that call; a terminal has no *stderr*. *token* is a
    bearer token. *context* is for ``https:``, by default one that verifies with the system's authorities; it may have a
    client certificate. *timeout* is in seconds, None for ever: for connecting and for each answer of the server.

    Raises ValueError for a malformed URL, UpgradeError, StreamResetError, TimeoutError and other kinds of OSError.
    """
    sock, protocol = upgrade(url, PROTOCOLS, Access(token, context, timeout))
    connection = StreamingConnection(sock, timeout, goaway_settles=True)
    try:
        return Process(connection, protocol, stdin=stdin, stdout=stdout, stderr=stderr, tty=tty)
    except BaseException:
        connection.close()
        raise
