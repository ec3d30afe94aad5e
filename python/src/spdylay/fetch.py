"""``python -m spdylay.fetch URL...``: fetches URLs over SPDY."""

from __future__ import annotations

import argparse
import os
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from . import constants
from ._tls import client_context
from .client import BaseSPDYStreamHandler, Body, urlfetch
from .errors import status_name
from .frames import NameValues

VERSIONS = {"2": constants.PROTO_SPDY2, "3": constants.PROTO_SPDY3, "3.1": constants.PROTO_SPDY3_1}

FAILED = 1
"""Exit code if a URL could not be fetched, or the server answered with an error."""


class Run:
    """What one call of the program does: options, progress and totals."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.start = time.monotonic()
        self.transfers: list[Transfer] = []
        self.failures = 0
        self.received = 0
        self._shows_progress = sys.stderr.isatty() and not options.quiet
        self._next_progress = self.start + 0.5

    def transfer(self, url: str, _fetcher: object) -> Transfer:
        """Makes the handler for a URL."""
        transfer = Transfer(url, self)
        self.transfers.append(transfer)
        return transfer

    def progress(self) -> None:
        """Shows, now and then, how far it is."""
        now = time.monotonic()
        if self._shows_progress and now >= self._next_progress:
            self._next_progress = now + 0.5
            done = sum(transfer.end is not None for transfer in self.transfers)
            rate = size(self.received / (now - self.start))
            text = f"{done} of {len(self.options.urls)} done, {size(self.received)} received, {rate}/s"
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()

    def say(self, text: str) -> None:
        """Writes a line to standard error."""
        if self._shows_progress:
            sys.stderr.write("\r\033[K")
        print(text, file=sys.stderr)

    def report(self) -> None:
        """Prints a table of what was fetched, and the totals."""
        self.say(f"{'status':>6}  {'bytes':>12}  {'first byte':>10}  {'total':>9}  URL")
        for transfer in self.transfers:
            first, total = (
                "-" if moment is None else f"{(moment - self.start) * 1000:.1f} ms"
                for moment in (transfer.first, transfer.end)
            )
            self.say(f"{transfer.status or '-':>6}  {transfer.received:>12}  {first:>10}  {total:>9}  {transfer.url}")
        seconds = time.monotonic() - self.start
        self.say(
            f"{len(self.transfers)} fetched, {self.failures} failed, {self.received} bytes in {seconds:.3f} s: "
            f"{len(self.transfers) / seconds:.1f} requests/s, {size(self.received / seconds)}/s"
        )


class Transfer(BaseSPDYStreamHandler):
    """One response, on its way to a file or to standard output."""

    def __init__(self, url: str, run: Run) -> None:
        super().__init__(url, None)
        self.run = run
        self.status: str | None = None
        self.received = 0
        self.first: float | None = None
        self.end: float | None = None
        self._output: IO[bytes] | None = None

    def on_header(self, nv: NameValues) -> None:
        self.first = self.first or time.monotonic()
        self.status = dict(nv).get(":status", "-").partition(" ")[0]
        if self.run.options.include:
            for name, value in nv:
                self.run.say(f"{name}: {value}")
        if self._output is None:
            self._output = self._open()

    def on_data(self, data: bytes) -> None:
        self.received += len(data)
        self.run.received += len(data)
        if self._output is not None:
            self._output.write(data)
        self.run.progress()

    def on_close(self, status_code: int) -> None:
        self.end = time.monotonic()
        if self._output is not None:
            self._output.flush()
            if self._output is not sys.stdout.buffer:
                self._output.close()
        if status_code != constants.OK:
            self._fail(f"the stream was reset: {status_name(status_code)}")
        elif self.status is None or self.status >= "400":
            self._fail(f"the server answered {self.status}")
        self.run.progress()

    def _fail(self, reason: str) -> None:
        self.run.failures += 1
        self.run.say(f"{self.url}: {reason}")

    def _open(self) -> IO[bytes]:
        options = self.run.options
        if options.null:
            return open(os.devnull, "wb")
        if options.output:
            return open(options.output, "wb")
        if options.output_dir:
            return open(Path(options.output_dir, file_name(self.url)), "wb")
        return sys.stdout.buffer


def file_name(url: str) -> str:
    """Returns the name for a file with what a URL has: the last part of its path."""
    name = unquote(urlsplit(url).path).rpartition("/")[2].replace("\0", "")
    return "index.html" if name in ("", ".", "..") else name


def size(count: float) -> str:
    """Returns a number of bytes in a readable form."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def header(text: str) -> tuple[str, str]:
    """Parses the argument of --header."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME: VALUE")
    return name.strip(), value.strip()


def parser() -> argparse.ArgumentParser:
    """Makes the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m spdylay.fetch", description="Fetch URLs over SPDY.")
    parser.add_argument("urls", nargs="+", metavar="URL", help="https: (by ALPN) or http: (without negotiation)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the response to FILE; for one URL")
    parser.add_argument("-O", "--output-dir", metavar="DIR", help="write the responses to files in DIR")
    parser.add_argument("-n", "--null", action="store_true", help="drop the responses")
    parser.add_argument("-i", "--include", action="store_true", help="show the headers of the responses")
    parser.add_argument("-X", "--method", help="method of the requests; GET, or POST with a body")
    parser.add_argument("-H", "--header", type=header, action="append", default=[], help="add a header, NAME: VALUE")
    parser.add_argument("-d", "--data", help="body of the requests")
    parser.add_argument("-T", "--upload", metavar="FILE", help="send FILE as the body of the requests")
    parser.add_argument("-k", "--insecure", action="store_true", help="do not verify the server's certificate")
    parser.add_argument("--cafile", metavar="FILE", help="trust the certificates in FILE, not the system's")
    parser.add_argument("--cert", metavar="FILE", help="client certificate, and its key unless --key is given")
    parser.add_argument("--key", metavar="FILE", help="key of the client certificate")
    parser.add_argument("--spdy", choices=VERSIONS, help="speak only this version")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="give up if nothing moves")
    parser.add_argument("-s", "--stat", action="store_true", help="print statistics at the end")
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit code."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    if options.output and len(options.urls) > 1:
        command_line.error("--output is for one URL; use --output-dir")
    if options.data is not None and options.upload:
        command_line.error("--data and --upload exclude each other")
    run = Run(options)
    try:
        fetch(run)
    except (OSError, ValueError) as error:
        run.failures += 1
        run.say(f"error: {explain(error)}")
    except KeyboardInterrupt:
        run.failures += 1
        run.say("interrupted")
    if options.stat:
        run.report()
    return FAILED if run.failures else 0


def fetch(run: Run) -> None:
    """Fetches what the options ask for."""
    options = run.options
    context = client_context(options.cafile, verify=not options.insecure)
    if options.cert:
        context.load_cert_chain(options.cert, options.key)

    def body(_url: str) -> Body | None:
        if options.upload:
            return open(options.upload, "rb")
        return None if options.data is None else os.fsencode(options.data)

    has_body = options.upload or options.data is not None
    urlfetch(
        options.urls,
        run.transfer,
        method=options.method or ("POST" if has_body else "GET"),
        headers=options.header,
        body=body,
        timeout=options.timeout,
        context=context,
        version=VERSIONS.get(options.spdy),
    )


def explain(error: Exception) -> str:
    """Returns what went wrong in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message} (see --cafile and --insecure)"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
