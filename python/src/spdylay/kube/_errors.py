"""The exceptions of this package."""

from __future__ import annotations


class UpgradeError(ConnectionError):
    """The server did not let the connection become SPDY: it refused, or its answer makes no sense."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message if status is None else f"the server refused ({status}): {message}")
        self.status = status
        """The status of an HTTP answer that refuses, 403 for example; None if there was no such answer."""


class CommandError(Exception):
    """The server could not run the command, or not to its end: there is no exit code."""


class ForwardError(ConnectionError):
    """The server has no connection to the port in the pod, or no longer."""
