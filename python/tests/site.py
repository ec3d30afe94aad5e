"""Servers and clients for the tests: certificates, a site with something of everything, and a collecting handler."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import spdylay


def readme_program(title: str) -> str:
    """A program that the README shows, by the title of its chapter."""
    text = Path(__file__).parents[1].joinpath("README.md").read_text()
    match = re.search(rf"^## {title}\n.*?^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert match
    return match[1]


class Certificate(NamedTuple):
    """A certificate for localhost that nobody but the tests trusts."""

    cert_file: str
    key_file: str

    @classmethod
    def make(cls, folder: Path) -> Certificate:
        files = cls(str(folder / "cert.pem"), str(folder / "key.pem"))
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        command += ["-out", files.cert_file, "-keyout", files.key_file]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return files

    def client_context(self) -> ssl.SSLContext:
        """A context that trusts it."""
        return ssl.create_default_context(cafile=self.cert_file)


class Collect(spdylay.BaseSPDYStreamHandler):
    """Keeps what it receives; :meth:`of` gathers those of one call."""

    made: list[Collect]

    def __init__(self, url: str, fetcher: object) -> None:
        super().__init__(url, fetcher)
        self.nv: list[tuple[str, str]] = []
        self.body = bytearray()
        self.status_code: int | None = None
        self.made.append(self)

    def on_header(self, nv: list[tuple[str, str]]) -> None:
        assert self.stream_id % 2 == 1
        self.nv += nv

    def on_data(self, data: bytes) -> None:
        self.body += data

    def on_close(self, status_code: int) -> None:
        assert self.status_code is None
        self.status_code = status_code

    @property
    def status(self) -> str:
        return dict(self.nv)[":status"]


def fetch(urls: str | list[str], **options: Any) -> list[Collect]:
    """Fetches with urlfetch; returns the handlers."""
    options.setdefault("timeout", 20)
    handler: type[Collect] = type("Handler", (Collect,), {"made": []})
    spdylay.urlfetch(urls, handler, **options)
    return handler.made


class SiteHandler(spdylay.BaseSPDYRequestHandler):
    """A site with something of everything."""

    def do_GET(self) -> None:
        name, _, argument = self.path[1:].partition("?")
        getattr(self, "get_" + name, self.get_nothing)(argument)

    def get_nothing(self, _argument: str) -> None:
        self.send_error(404)

    def get_hello(self, _argument: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.wfile.write(b"hello")

    def get_empty(self, _argument: str) -> None:
        self.send_response(204)

    def get_bytes(self, argument: str) -> None:
        self.send_response(200)
        left = int(argument)
        while left:
            piece = bytes(min(left, 100_000))
            left -= len(piece)
            self.wfile.write(piece)

    def get_headers(self, _argument: str) -> None:
        self.send_response(200, "As You Like")
        self.wfile.write("\n".join(f"{name}={value}" for name, value in sorted(self.headers)).encode())

    def get_silent(self, _argument: str) -> None:
        pass

    def get_failure(self, _argument: str) -> None:
        raise ZeroDivisionError

    def get_half(self, _argument: str) -> None:
        self.send_response(200)
        self.wfile.write(b"half")
        self.wfile.flush()
        raise ZeroDivisionError

    def do_HEAD(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        """Counts the bytes of the body."""
        assert self.rfile
        size = 0
        while data := self.rfile.read(100_000):
            size += len(data)
        self.send_response(200)
        self.wfile.write(b"%d" % size)

    def do_ECHO(self) -> None:
        """Sends the body back while it comes."""
        self.send_response(200)
        assert self.rfile
        while data := self.rfile.read1(65536):
            self.wfile.write(data)
            self.wfile.flush()

    def do_IGNORE(self) -> None:
        """Does not look at the body."""
        self.send_response(200)
        self.wfile.write(b"ignored")


class Site(spdylay.ThreadedSPDYServer):
    """A server that keeps the exceptions of its handlers instead of printing them."""

    def __init__(self, handler: type[spdylay.BaseSPDYRequestHandler] = SiteHandler, **options: Any) -> None:
        self.errors: list[BaseException] = []
        options.setdefault("timeout", 20)
        super().__init__(("127.0.0.1", 0), handler, **options)
        scheme = "http" if self._context is None else "https"
        self.url = f"{scheme}://localhost:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        assert error
        self.errors.append(error)


@contextmanager
def serving(*arguments: Any, **options: Any) -> Iterator[Site]:
    """Runs a site in a thread."""
    with Site(*arguments, **options) as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join(20)
