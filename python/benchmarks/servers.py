"""Servers to measure: python servers.py KIND. Prints its port; each serves /small and /big over plain TCP."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import h2.config
import h2.connection
import h2.events

import spdylay
from spdylay import aio

SIZES = {"/small": 1024, "/big": 200_000_000}
PIECE = bytes(65536)


def threaded() -> None:
    """ThreadedSPDYServer."""

    class Handler(spdylay.BaseSPDYRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            left = SIZES[self.path]
            while left > 0:
                self.wfile.write(PIECE[:left])
                left -= len(PIECE)

    server = spdylay.ThreadedSPDYServer(("127.0.0.1", 0), Handler)
    announce(server.server_address[1])
    server.serve_forever()


async def asynchronous() -> None:
    """spdylay.aio."""

    async def handle(request: aio.ServerStream) -> None:
        request.start(200)
        left = SIZES[request.path]
        while left > 0:
            await request.write(PIECE[:left])
            left -= len(PIECE)

    async with await aio.start_server(handle, "127.0.0.1", 0) as server:
        announce(server.sockets[0].getsockname()[1])
        await server.serve_forever()


def twisted() -> None:
    """spdylay.tx."""
    from twisted.internet import reactor as the_reactor
    from twisted.internet.interfaces import IPullProducer
    from twisted.web.resource import Resource
    from twisted.web.server import NOT_DONE_YET
    from zope.interface import implementer

    from spdylay import tx

    reactor: Any = the_reactor

    @implementer(IPullProducer)
    class Body:
        def __init__(self, request: Any, left: int) -> None:
            self._request = request
            self._left = left

        def resumeProducing(self) -> None:
            self._request.write(PIECE[: self._left])
            self._left -= len(PIECE)
            if self._left <= 0:
                self._request.unregisterProducer()
                self._request.finish()

        def stopProducing(self) -> None:
            pass

    class Root(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> int:
            request.registerProducer(Body(request, SIZES[request.path.decode()]), False)
            return NOT_DONE_YET

    port = reactor.listenTCP(0, tx.SPDYSite(Root(), plain_version=spdylay.PROTO_SPDY3_1), interface="127.0.0.1")
    announce(port.getHost().port)
    reactor.run()


class H2Server(asyncio.Protocol):
    """A server on the sessions of h2, for scale: as little as answers these requests."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._left: dict[int, int] = {}
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._connection = h2.connection.H2Connection(config)
        self._connection.initiate_connection()
        self._is_paused = False
        self._transport.write(self._connection.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                assert event.stream_id and event.headers
                headers: dict[Any, Any] = dict(event.headers)
                self._connection.send_headers(event.stream_id, [(":status", "200")])
                self._left[event.stream_id] = SIZES[headers[":path"]]
        self._send()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._send()

    def _send(self) -> None:
        connection = self._connection
        for stream_id in list(self._left):
            while not self._is_paused and stream_id in self._left:
                room = min(connection.local_flow_control_window(stream_id), connection.max_outbound_frame_size)
                left = self._left[stream_id]
                if not room and left:
                    break
                size = min(room, left)
                connection.send_data(stream_id, PIECE[:size], end_stream=size == left)
                self._left[stream_id] -= size
                if not self._left[stream_id]:
                    del self._left[stream_id]
                self._transport.write(connection.data_to_send())
        self._transport.write(connection.data_to_send())


async def http2() -> None:
    """A server on h2."""
    server = await asyncio.get_running_loop().create_server(H2Server, "127.0.0.1", 0)
    announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def announce(port: int) -> None:
    print(port, flush=True)


def main() -> None:
    kind = sys.argv[1]
    if kind == "threaded":
        threaded()
    elif kind == "twisted":
        twisted()
    else:
        asyncio.run({"aio": asynchronous, "h2": http2}[kind]())


if __name__ == "__main__":
    main()
