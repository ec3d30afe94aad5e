"""``python -m spdylay.serve DIR``: serves the files of a folder over SPDY."""

from __future__ import annotations

import argparse
import html
import mimetypes
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from .fetch import VERSIONS, explain, size
from .server import BaseSPDYRequestHandler, ThreadedSPDYServer

CANNOT_START = 1
"""Exit code if the server could not be started."""

HOW_TO_MAKE_ONE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost -keyout server.key -out server.crt"
)


class Totals:
    """What was served since the start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self.requests = 0
        self.errors = 0
        self.sent = 0

    def add(self, status: int, sent: int) -> None:
        """Counts a response."""
        with self._lock:
            self.requests += 1
            self.errors += status >= HTTPStatus.BAD_REQUEST
            self.sent += sent

    def __str__(self) -> str:
        seconds = time.monotonic() - self._start
        return f"{self.requests} requests, {self.errors} errors, {size(self.sent)} sent in {seconds:.1f} s"


class FileHandler(BaseSPDYRequestHandler):
    """Answers GET and HEAD with files and listings of folders."""

    server: FileServer

    def do_GET(self) -> None:
        """Sends a file or a listing."""
        start = time.monotonic()
        self._status, self._sent = HTTPStatus.OK, 0
        try:
            self._answer()
        finally:
            self.server.totals.add(self._status, self._sent)
            if self.server.is_verbose:
                elapsed = (time.monotonic() - start) * 1000
                request = f'{self.client_address[0]} "{self.command} {self.path}"'
                print(f"{request} {self._status:d} {self._sent} bytes {elapsed:.1f} ms", file=sys.stderr, flush=True)

    do_HEAD = do_GET

    def send_error(self, code: int, message: str | None = None) -> None:
        """Sends an error page."""
        self._status = HTTPStatus(code)
        super().send_error(code, message)

    def _answer(self) -> None:
        url_path = unquote(urlsplit(self.path).path)
        path = self.server.locate(url_path)
        try:
            if path is None:
                self.send_error(HTTPStatus.NOT_FOUND)
            elif not path.is_dir():
                self._send_file(path)
            elif not url_path.endswith("/"):
                self._redirect(quote(url_path) + "/")
            elif (path / "index.html").is_file():
                self._send_file(path / "index.html")
            else:
                self._send_listing(path, url_path)
        except PermissionError:
            self.send_error(HTTPStatus.FORBIDDEN)
        except FileNotFoundError:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _send_file(self, path: Path) -> None:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if self._is_not_modified(status.st_mtime):
                self._status = HTTPStatus.NOT_MODIFIED
                self.send_response(self._status)
                return
            kind, encoding = mimetypes.guess_type(path.name)
            self.send_response(HTTPStatus.OK)
            self.send_header("content-type", kind or "application/octet-stream")
            if encoding:
                self.send_header("content-encoding", encoding)
            self.send_header("content-length", str(status.st_size))
            self.send_header("last-modified", formatdate(status.st_mtime, usegmt=True))
            if self.command != "HEAD":
                while piece := file.read(65536):
                    self.wfile.write(piece)
                    self._sent += len(piece)

    def _is_not_modified(self, modified: float) -> bool:
        since = dict(self.headers).get("if-modified-since")
        if since is None:
            return False
        try:
            return int(modified) <= parsedate_to_datetime(since).timestamp()
        except (TypeError, ValueError):
            return False

    def _redirect(self, location: str) -> None:
        self._status = HTTPStatus.MOVED_PERMANENTLY
        self.send_response(self._status)
        # Two slashes at the start would name another host.
        self.send_header("location", "/" + location.lstrip("/"))

    def _send_listing(self, path: Path, url_path: str) -> None:
        entries = sorted(path.iterdir(), key=lambda entry: (not entry.is_dir(), entry.name))
        names = [entry.name + "/" * entry.is_dir() for entry in entries if not entry.name.startswith(".")]
        title = html.escape(url_path)
        items = "\n".join(f'<li><a href="{quote(name)}">{html.escape(name)}</a></li>' for name in names)
        page = (
            f"<!DOCTYPE html>\n<meta charset=utf-8>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{items}\n</ul>\n"
        )
        content = page.encode("utf-8", "replace")
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", "text/html; charset=UTF-8")
        self.send_header("content-length", str(len(content)))
        if self.command != "HEAD":
            self.wfile.write(content)
            self._sent += len(content)


class FileServer(ThreadedSPDYServer):
    """Serves the files of a folder, and nothing outside of it."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        address: tuple[str, int],
        cert_file: str | None = None,
        key_file: str | None = None,
        *,
        is_verbose: bool = False,
        **options: Any,
    ) -> None:
        self.folder = Path(folder).resolve(strict=True)
        if not self.folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(folder))
        self.totals = Totals()
        self.is_verbose = is_verbose
        super().__init__(address, FileHandler, cert_file, key_file, **options)

    def locate(self, url_path: str) -> Path | None:
        """Returns the file or folder that the path of a URL names, None if there is none."""
        if "\0" in url_path:
            return None
        path = self.folder.joinpath(url_path.lstrip("/")).resolve()
        is_inside = path == self.folder or self.folder in path.parents
        has_hidden = any(part.startswith(".") for part in path.relative_to(self.folder).parts) if is_inside else True
        return path if is_inside and not has_hidden and path.exists() else None


def parser() -> argparse.ArgumentParser:
    """Makes the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m spdylay.serve", description="Serve a folder over SPDY.")
    parser.add_argument("folder", metavar="DIR", help="the folder; names that begin with a dot are not served")
    parser.add_argument("-b", "--bind", default="127.0.0.1", metavar="ADDRESS", help="address, by default 127.0.0.1")
    parser.add_argument("-p", "--port", type=int, default=8443, help="port, by default 8443; 0 for any")
    parser.add_argument("--cert", metavar="FILE", help="certificate chain, and the key unless --key is given")
    parser.add_argument("--key", metavar="FILE", help="private key")
    parser.add_argument("--no-tls", action="store_true", help="plain TCP")
    parser.add_argument("--spdy", choices=VERSIONS, help="speak only this version; without TLS 3.1 by default")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="give up on clients that stall")
    parser.add_argument("-v", "--verbose", action="store_true", help="log each request")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit code."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    if not options.no_tls and not options.cert:
        command_line.error(f"TLS needs --cert and --key (else give --no-tls); to make them:\n  {HOW_TO_MAKE_ONE}")
    try:
        server = FileServer(
            options.folder,
            (options.bind, options.port),
            options.cert if not options.no_tls else None,
            options.key,
            version=VERSIONS.get(options.spdy),
            timeout=options.timeout,
            is_verbose=options.verbose,
        )
    except OSError as error:
        print(f"error: {explain(error)}", file=sys.stderr)
        return CANNOT_START
    scheme = "http" if options.no_tls else "https"
    host, port = server.server_address[:2]
    print(f"serving {server.folder} at {scheme}://{host!s}:{port}/", flush=True)
    # Ends as Control-C does, with the totals.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server.start()
    print(server.totals, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
