"""How a command came out, as the error stream tells it."""

from __future__ import annotations

import json
from typing import Any, Union

from ._connection import RemoteStream, StreamingConnection
from ._errors import CommandError

Outcome = Union[int, CommandError]
"""An exit code, or why there is none."""

# Beyond it a server is not taken at its word.
_TEXT_LIMIT = 65536


class StatusStream(RemoteStream):
    """The error stream. Up to version 3 it has text if something went wrong; later a Status object in any case."""

    def __init__(self, connection: StreamingConnection, is_plain: bool) -> None:
        super().__init__(connection)
        self.outcome: Outcome | None = None
        """None until it is known."""
        self._is_plain = is_plain
        self._text = bytearray()

    def wait_for_outcome(self, timeout: float | None) -> Outcome:
        """Waits for it. TimeoutError, or ConnectionResetError if it will never be known."""
        with self._host.lock:
            if not self._changed.wait_for(lambda: self.outcome is not None or self._is_closed(), timeout):
                raise TimeoutError(f"the command has not ended within {timeout} seconds")
            if self.outcome is None:
                raise ConnectionResetError("the connection has ended before the server told how the command did")
            return self.outcome

    def data_received(self, data: bytes) -> None:
        if len(self._text) < _TEXT_LIMIT:
            self._text += data
            if not self._is_plain:
                self._conclude(parse(self._text))

    def end_received(self) -> None:
        self._conclude_at_end()
        super().end_received()

    def closed(self, status_code: int) -> None:
        # Silence is success only where the server has chosen it, and later versions do not choose it so.
        is_lost = self._host.is_lost and not self._host.is_settled
        if self._text or (self._is_plain and not is_lost):
            self._conclude_at_end()
        super().closed(status_code)

    def _conclude_at_end(self) -> None:
        if not self._text:
            self._conclude(0)
        elif self._is_plain:
            self._conclude(CommandError(self._text.decode("utf-8", "replace").strip()))
        else:
            self._conclude(CommandError("the server broke the protocol: half a status"))

    def _conclude(self, outcome: Outcome | None) -> None:
        if self.outcome is None and outcome is not None:
            self.outcome = outcome
            self._host.settle()
            self._changed.notify_all()


def parse(text: bytes | bytearray) -> Outcome | None:
    """Reads a Status object; None while it is not complete."""
    try:
        status = json.loads(text)
    except ValueError:
        return None
    if not isinstance(status, dict) or status.get("status") not in ("Success", "Failure"):
        return CommandError("the server broke the protocol: neither Success nor Failure")
    if status["status"] == "Success":
        return 0
    if status.get("reason") == "NonZeroExitCode":
        return _exit_code(status)
    return CommandError(str(status.get("message") or "the server gave no reason"))


def _exit_code(status: dict[str, Any]) -> Outcome:
    try:
        (text,) = (cause["message"] for cause in status["details"]["causes"] if cause["reason"] == "ExitCode")
        code = int(text)
    except (KeyError, TypeError, ValueError):
        code = 0
    if not 1 <= code <= 255:
        return CommandError("the server broke the protocol: a command that failed, without its exit code")
    return code
