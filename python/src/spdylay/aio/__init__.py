"""SPDY for asyncio programs: streams that are read with ``async for`` and written with ``await``.

A client::

    async with await spdylay.aio.connect("https://localhost:8443") as connection:
        response = await connection.request("GET", "/")
        print(response.status, response.headers)
        async for data in response:
            ...

A server::

    async def handle(request):
        async for data in request:
            ...
        await request.respond(200, [("content-type", "text/plain")], b"hello")

    async with await spdylay.aio.start_server(handle, "localhost", 8443, context=context) as server:
        await server.serve_forever()

Who does not read holds up the peer, by means of flow control, and who writes faster than the peer reads has to wait.
"""

from ._stream import Stream as Stream
from .client import (
    ClientConnection as ClientConnection,
    ClientStream as ClientStream,
    PushedStream as PushedStream,
    connect as connect,
)
from .server import (
    Push as Push,
    Server as Server,
    ServerStream as ServerStream,
    start_server as start_server,
)
