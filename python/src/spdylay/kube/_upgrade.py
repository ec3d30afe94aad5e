"""The HTTP/1.1 part: the request to change to SPDY, and its answer."""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from .._http import Target, parse_url
from .._version import USER_AGENT
from .._wire import Socket
from ..errors import InvalidArgumentError
from ._errors import UpgradeError

DEFAULT_TIMEOUT = 30.0

_SPDY = "SPDY/3.1"
_PROTOCOL_HEADER = "X-Stream-Protocol-Version"
# Of an answer that refuses: as much as a person might read.
_REASON_LIMIT = 65536


class Access(NamedTuple):
    """How to reach a server."""

    token: str | None = None
    context: ssl.SSLContext | None = None
    timeout: float | None = DEFAULT_TIMEOUT


def upgrade(url: str, protocols: Sequence[str], access: Access) -> tuple[Socket, str]:
    """Connects, and changes to SPDY. Returns the socket and the protocol that the server has chosen from *protocols*.

    Raises ValueError for a malformed URL, UpgradeError, TimeoutError and other kinds of OSError.
    """
    target = parse_url(url)
    request = _request(target, protocols, access.token)
    sock: Socket | None = None
    try:
        sock = socket.create_connection((target.origin.host, target.origin.port), access.timeout)
        if target.origin.scheme == "https":
            context = access.context or ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=target.origin.host)
        sock.sendall(request)
        return sock, _check(_answer(sock), protocols)
    except BaseException as error:
        if sock is not None:
            sock.close()
        if isinstance(error, socket.timeout):
            # Before Python 3.10 this is no TimeoutError.
            message = f"no answer from {target.origin.authority} within {access.timeout} seconds"
            raise TimeoutError(message) from error
        raise


def _request(target: Target, protocols: Sequence[str], token: str | None) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.origin.authority}",
        f"User-Agent: {USER_AGENT}",
        "Content-Length: 0",
        "Connection: Upgrade",
        f"Upgrade: {_SPDY}",
        *(f"{_PROTOCOL_HEADER}: {protocol}" for protocol in protocols),
    ]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise InvalidArgumentError("a token or URL has characters that HTTP does not have")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


class _Unbuffered:
    """A socket for the module http.client, which reads no byte behind the head of the answer: those are SPDY."""

    def __init__(self, sock: Socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.RawIOBase:
        return self._sock.makefile("rb", buffering=0)


def _answer(sock: Socket) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(cast(Any, _Unbuffered(sock)), method="POST")
    try:
        response.begin()
    except http.client.HTTPException as error:
        raise UpgradeError(f"the server's answer makes no sense: {error!r}") from error
    return response


def _check(response: http.client.HTTPResponse, protocols: Sequence[str]) -> str:
    if response.status != http.client.SWITCHING_PROTOCOLS:
        raise UpgradeError(_reason(response) or response.reason, response.status)
    if "upgrade" not in _header(response, "Connection") or _SPDY.lower() not in _header(response, "Upgrade"):
        raise UpgradeError(f"the server changes to another protocol than {_SPDY}")
    protocol = response.headers.get(_PROTOCOL_HEADER)
    if protocol is None or protocol not in protocols:
        raise UpgradeError(f"the server has chosen the protocol {protocol}, which was not offered")
    return protocol


def _header(response: http.client.HTTPResponse, name: str) -> str:
    return ", ".join(response.headers.get_all(name, [])).lower()


def _reason(response: http.client.HTTPResponse) -> str:
    """What an answer that refuses says: the message of a Kubernetes Status, or its text."""
    # Here nothing comes behind it.
    response.fp = io.BufferedReader(cast(io.RawIOBase, response.fp))
    try:
        body = response.read(_REASON_LIMIT)
    except http.client.IncompleteRead as error:
        body = error.partial
    try:
        message = json.loads(body)["message"]
    except (ValueError, TypeError, KeyError):
        message = body.decode("utf-8", "replace")
    return str(message).strip()
