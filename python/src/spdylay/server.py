"""A server with threads, in the manner of ``socketserver`` and ``http.server``."""

from __future__ import annotations

import copy
import html
import io
import logging
import os
import socket
import socketserver
import ssl
import sys
import threading
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from . import constants
from ._blocking import StreamReader, StreamStalled
from ._exchange import Exchange
from ._http import MalformedMessage, parse_request, phrase, response_nv
from ._serving import ServingConnection
from ._tls import alpn_names, negotiated, server_context
from ._version import __version__
from .errors import NegotiationError, StreamResetError
from .frames import NameValues

log = logging.getLogger("spdylay.server")

# A response of up to this many bytes is sent in one go.
_BUFFER = 65536


class ResponseBody(io.BufferedIOBase):
    """What is written here is the body of the response. Writing waits while the client does not take it."""

    def __init__(self, handler: BaseSPDYRequestHandler) -> None:
        self._handler = handler
        self._pieces: list[bytes] = []
        self._size = 0
        self._is_over = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Adds bytes to the body.

        Raises TimeoutError if the client takes nothing for too long, ConnectionError if the stream is gone.
        """
        if self.closed:
            raise ValueError("the response's body is closed")
        piece = bytes(data)
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > _BUFFER:
            self.flush()
        return len(piece)

    def flush(self) -> None:
        """Sends the headers, if they are not sent yet, and what is written so far."""
        # Closing flushes, and an object that is collected is closed: by then the response may be over.
        if not self._is_over:
            pieces, self._pieces, self._size = self._pieces, [], 0
            self._handler._send(b"".join(pieces))

    def finish(self) -> None:
        """Sends what is written and not sent yet."""
        if self._size:
            self.flush()
        self.abandon()

    def abandon(self) -> None:
        """Drops what is written and not sent yet."""
        self._is_over = True
        self._pieces.clear()


class BaseSPDYRequestHandler(socketserver.BaseRequestHandler):
    """Serves the requests of one connection; to be subclassed.

    A request with the method SPAM calls ``do_SPAM()``, without arguments. That runs in a thread of its own and on a
    copy of the handler of its own, with these attributes set. It starts when the headers have come; the body it can
    read at its own pace.
    """

    server: ThreadedSPDYServer
    """The server."""
    client_address: Any
    """Address and port of the client."""
    command: str
    """The method of the request."""
    path: str
    """Path and query."""
    request_version: str
    """The version in the request, for example HTTP/1.1."""
    headers: NameValues
    """All headers of the request, as pairs of name and value; names are in lower case."""
    rfile: io.BufferedReader | None
    """The request's body, None if it has none. Reading raises TimeoutError if nothing comes for too long, and
    ConnectionError if the client gives up."""
    wfile: ResponseBody
    """Where to write the response's body."""

    server_version = "spdylay/" + __version__
    """Name and version of the server software."""
    sys_version = "Python/" + sys.version.split()[0]
    """Version of Python."""
    error_content_type = "text/html; charset=UTF-8"
    """The type of what :meth:`send_error` sends."""

    _exchange: Exchange
    _reply: NameValues | None

    def handle(self) -> None:
        """Serves the client until the connection is over."""
        self.server._serve(self)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begins a response with a status and, if *message* is not given, its usual reason phrase. Adds the headers
        ``server`` and ``date``."""
        self._reply = response_nv(code, message)
        self.send_header("server", self.version_string())
        self.send_header("date", formatdate(usegmt=True))

    def send_header(self, keyword: str, value: str) -> None:
        """Adds a header to the response begun with :meth:`send_response`."""
        if self._reply is None:
            raise RuntimeError("send_header() comes after send_response()")
        self._reply.append((keyword, value))

    def send_error(self, code: int, message: str | None = None) -> None:
        """Sends a whole response for an error, with a short page that says so unless the status forbids one.

        It does not end ``do_SPAM()``.
        """
        message = phrase(code) if message is None else message
        self.send_response(code, message)
        if code < 200 or code in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return
        text = f"{code} {html.escape(message, quote=False)}"
        page = f"<!DOCTYPE html>\n<html>\n<head><title>{text}</title></head>\n<body><h1>{text}</h1></body>\n</html>\n"
        content = page.encode("utf-8", "replace")
        self.send_header("content-type", self.error_content_type)
        self.send_header("content-length", str(len(content)))
        if self.command != "HEAD":
            self.wfile.write(content)

    def version_string(self) -> str:
        """Returns the value of the header ``server``."""
        return f"{self.server_version} {self.sys_version}"

    def log_request(self, status: str) -> None:
        """Logs a request that was answered, at the level INFO of the logger ``spdylay.server``."""
        log.info('%s "%s %s" %s', self.client_address[0], self.command, self.path, status)

    # Behind these.

    def _handle_one(self, exchange: Exchange) -> None:
        """Handles one request; this object is its own."""
        self._exchange = exchange
        self._reply = None
        self.headers = exchange.nv
        self.command = self.path = self.request_version = ""
        self.rfile = io.BufferedReader(StreamReader(exchange)) if exchange.has_body else None
        self.wfile = ResponseBody(self)
        try:
            self._dispatch(exchange)
            self._finish()
        except (StreamResetError, StreamStalled) as error:
            log.info("%s: %s", self.client_address[0], error)
            exchange.reset(constants.INTERNAL_ERROR)
        except Exception:
            self.server.handle_error(self.request, self.client_address)
            self._apologise()
        finally:
            # An object that is collected is flushed, and by then nobody is there to hear of an error.
            self.wfile.abandon()

    def _dispatch(self, exchange: Exchange) -> None:
        try:
            request = parse_request(exchange.nv)
        except MalformedMessage as error:
            self.send_error(HTTPStatus.BAD_REQUEST, str(error))
            return
        self.command, self.path, self.request_version = request.method, request.path, request.version
        method = getattr(self, "do_" + self.command, None)
        if method is None:
            self.send_error(HTTPStatus.NOT_IMPLEMENTED, f"Unsupported method ({self.command!r})")
        else:
            method()

    def _send(self, data: bytes) -> None:
        """Sends a piece of the body, and before the first one the headers."""
        if not self._exchange.is_replied:
            self._send_headers(has_body=True)
        if data:
            self._exchange.write(data)

    def _send_headers(self, has_body: bool) -> None:
        if self._reply is None:
            raise RuntimeError(f"do_{self.command}() has sent no response")
        self._exchange.reply(self._reply, has_body)
        self.log_request(self._reply[0][1])

    def _finish(self) -> None:
        self.wfile.finish()
        if self._exchange.is_replied:
            self._exchange.end()
        else:
            self._send_headers(has_body=False)

    def _apologise(self) -> None:
        """The handler failed: the client gets status 500, or if it is too late for that, a reset stream."""
        try:
            self.wfile.abandon()
            if self._exchange.is_replied:
                self._exchange.reset(constants.INTERNAL_ERROR)
            else:
                self.wfile = ResponseBody(self)
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
                self._finish()
        except (StreamResetError, StreamStalled):
            self._exchange.reset(constants.INTERNAL_ERROR)


class ThreadedSPDYServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A server that speaks SPDY only, with a thread for each connection and each request.

    With *cert_file* and *key_file*, or with *context*, it speaks TLS and negotiates the version by ALPN. With none of
    these it speaks *version*, SPDY/3.1 by default, over plain TCP.

    *timeout* is in seconds, None for ever: for the TLS handshake, for a handler that waits for its client, and for
    connections on which nothing moves. A client may have *max_streams* requests under way.

    A ``with`` block, or :meth:`server_close`, ends it: requests that are under way may take *close_timeout* seconds to
    finish.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        server_address: Any,
        RequestHandlerClass: type[BaseSPDYRequestHandler],
        cert_file: str | os.PathLike[str] | None = None,
        key_file: str | os.PathLike[str] | None = None,
        *,
        context: ssl.SSLContext | None = None,
        version: int | None = None,
        timeout: float | None = 60.0,
        max_streams: int = 100,
        close_timeout: float = 5.0,
        bind_and_activate: bool = True,
    ) -> None:
        names = alpn_names(version)
        if context is None and cert_file is not None:
            context = server_context(cert_file, key_file)
        if context is not None:
            context.set_alpn_protocols(names)
        self._context = context
        self._version = version or constants.PROTO_SPDY3_1
        self._client_timeout = timeout
        self._max_streams = max_streams
        self._close_timeout = close_timeout
        self._connections: set[ServingConnection] = set()
        self._changed = threading.Condition()
        if isinstance(server_address, tuple) and ":" in server_address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(server_address, RequestHandlerClass, bind_and_activate)

    def start(self) -> None:
        """Serves until :meth:`shutdown` is called in another thread, or until the user presses Control-C."""
        try:
            self.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self.server_close()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serves one connection."""
        sock = request
        try:
            if self._context is not None:
                sock.settimeout(self._client_timeout)
                sock = self._context.wrap_socket(sock, server_side=True)
            super().finish_request(sock, client_address)
        except NegotiationError as error:
            log.warning("%s: %s", client_address[0], error)
        except OSError as error:
            # The client is gone, or did not get through the handshake.
            log.info("%s: %s", client_address[0], error)
        finally:
            sock.close()

    def server_close(self) -> None:
        """Accepts no more, lets the requests finish that are under way, and ends all connections."""
        super().server_close()
        with self._changed:
            for connection in self._connections:
                connection.go_away()
            self._changed.wait_for(lambda: not self._connections, self._close_timeout)

    def _serve(self, handler: BaseSPDYRequestHandler) -> None:
        sock = handler.request
        version = negotiated(sock, "the client") if isinstance(sock, ssl.SSLSocket) else self._version

        def serve(exchange: Exchange) -> None:
            copy.copy(handler)._handle_one(exchange)

        connection = ServingConnection(sock, version, serve, self._client_timeout, self._max_streams)
        with self._changed:
            self._connections.add(connection)
        try:
            connection.run()
        finally:
            with self._changed:
                self._connections.discard(connection)
                self._changed.notify_all()
