"""Clients to measure: python clients.py KIND URL COUNT. Fetches URL as often, up to 100 at a time over one connection;
prints the seconds of processor time it took and the bytes that came."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events

import spdylay
from spdylay import aio

AT_ONCE = 100


def blocking(url: str, count: int) -> int:
    """urlfetch."""

    class Handler(spdylay.BaseSPDYStreamHandler):
        received = 0

        def on_data(self, data: bytes) -> None:
            Handler.received += len(data)

    spdylay.urlfetch([url] * count, Handler)
    return Handler.received


async def asynchronous(url: str, count: int) -> int:
    """spdylay.aio."""
    received = 0
    left = count

    async def fetch() -> None:
        nonlocal left, received
        while left:
            left -= 1
            response = await connection.request("GET", urlsplit(url).path)
            async for data in response:
                received += len(data)

    async with await aio.connect(url) as connection:
        await asyncio.gather(*(fetch() for _ in range(min(AT_ONCE, count))))
    return received


class H2Client(asyncio.Protocol):
    """A client on the sessions of h2, for scale: as little as makes these requests."""

    def __init__(self, url: str, count: int) -> None:
        self._url = urlsplit(url)
        self._left = self._open = count
        self.received = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._connection.initiate_connection()
        for _ in range(min(AT_ONCE, self._left)):
            self._request()
        self._transport.write(self._connection.data_to_send())

    def _request(self) -> None:
        headers = [
            (":method", "GET"),
            (":path", self._url.path),
            (":scheme", "http"),
            (":authority", self._url.netloc),
            ("user-agent", "h2"),
        ]
        self._left -= 1
        self._connection.send_headers(self._connection.get_next_available_stream_id(), headers, end_stream=True)

    def data_received(self, data: bytes) -> None:
        for event in self._connection.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                assert event.data is not None and event.flow_controlled_length is not None and event.stream_id
                self.received += len(event.data)
                self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self._open -= 1
                if self._left:
                    self._request()
                if not self._open:
                    self.done.set_result(None)
        self._transport.write(self._connection.data_to_send())


async def http2(url: str, count: int) -> int:
    """A client on h2."""
    loop = asyncio.get_running_loop()
    host, _, port = urlsplit(url).netloc.partition(":")
    _, client = await loop.create_connection(lambda: H2Client(url, count), host, int(port))
    await client.done
    return client.received


def main() -> None:
    kind, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    start = time.process_time()
    if kind == "urlfetch":
        received = blocking(url, count)
    else:
        received = asyncio.run({"aio": asynchronous, "h2": http2}[kind](url, count))
    print(time.process_time() - start, received)


if __name__ == "__main__":
    main()
