"""The asyncio client and server with each other, over real sockets."""

from __future__ import annotations

import asyncio
import ssl
import weakref
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Callable

import pytest

import spdylay
from spdylay import aio

from .pair import REQUEST, collect
from .raw import RawClient
from .site import Certificate, fetch, serving

Handler = Callable[[aio.ServerStream], Coroutine[Any, Any, None]]


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a test, bounded in time."""
    asyncio.run(asyncio.wait_for(main, 60))


class Reach:
    """How to serve and how to connect, for one version and transport."""

    def __init__(self, version: int, certificate: Certificate | None) -> None:
        self.version = version
        self.server: dict[str, Any] = {"version": version}
        self.client: dict[str, Any] = {"version": version}
        self.scheme = "http"
        if certificate:
            self.scheme = "https"
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
            self.server["context"] = context
            self.client["context"] = certificate.client_context()

    @asynccontextmanager
    async def serve(self, handler: Handler, **options: Any) -> AsyncIterator[str]:
        """Runs a server; its URL."""
        async with await aio.start_server(handler, "127.0.0.1", 0, **self.server, **options) as server:
            yield f"{self.scheme}://localhost:{server.sockets[0].getsockname()[1]}"

    @asynccontextmanager
    async def connected(self, handler: Handler, **options: Any) -> AsyncIterator[aio.ClientConnection]:
        """Runs a server and connects to it."""
        async with self.serve(handler) as url, await aio.connect(url, **self.client, **options) as connection:
            yield connection


@pytest.fixture(params=["TCP", "TLS"])
def reach(request: pytest.FixtureRequest, version: int, certificate: Certificate) -> Reach:
    return Reach(version, certificate if request.param == "TLS" else None)


@pytest.fixture
def plain(version: int) -> Reach:
    return Reach(version, None)


async def echo(request: aio.ServerStream) -> None:
    request.start(200, [("x-path", request.path)])
    async for data in request:
        await request.write(data)


def test_requests_and_responses(reach: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        assert request.headers[-1] == ("x-mine", "1")
        body = await request.read()
        await request.respond(200, [("content-type", "text/plain")], request.method.encode() + b" " + body)

    async def main() -> None:
        async with reach.connected(handle) as connection:
            assert connection.version == reach.version
            got = await connection.request("GET", "/", [("x-mine", "1")])
            assert got.status == 200
            assert ("content-type", "text/plain") in got.headers
            assert await got.read() == b"GET "
            posted = await connection.request("POST", "/", [("x-mine", "1")], b"body")
            assert await posted.read() == b"POST body"
            assert await posted.wait_closed() == spdylay.OK

    run(main())


@pytest.mark.parametrize("kind", ["bytes", "iterable", "asynchronous"])
def test_big_bodies_both_ways(reach: Reach, kind: str) -> None:
    data = bytes(range(256)) * 20_000

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 70_000):
            await asyncio.sleep(0)
            yield data[start : start + 70_000]

    async def main() -> None:
        bodies: dict[str, Any] = {"bytes": data, "iterable": [data[:1000], b"", data[1000:]], "asynchronous": pieces()}
        async with reach.connected(echo) as connection:
            response = await connection.request("POST", "/path?query", body=bodies[kind])
            assert ("x-path", "/path?query") in response.headers
            assert await response.read() == data

    run(main())


def test_a_conversation(reach: Reach) -> None:
    async def main() -> None:
        async with reach.connected(echo) as connection:
            stream = connection.open("POST", "/", has_body=True)
            assert (await stream.response()).status == 200
            for number in range(20):
                await stream.write(b"%d" % number)
                assert await stream.__anext__() == b"%d" % number
            stream.end()
            assert await stream.read() == b""

    run(main())


def test_hundreds_of_streams(reach: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        await request.respond(200, body=await request.read())

    async def main() -> None:
        async def one(number: int) -> None:
            response = await connection.request("POST", "/", body=b"%d" % number * 1000)
            assert await response.read() == b"%d" % number * 1000

        async with reach.serve(handle, max_streams=1000) as url, await aio.connect(url, **reach.client) as connection:
            await asyncio.gather(*map(one, range(400)))

    run(main())


def test_many_clients(reach: Reach) -> None:
    async def main() -> None:
        async def one(_number: int) -> None:
            async with await aio.connect(url, **reach.client) as connection:
                response = await connection.request("POST", "/", body=b"x" * 100_000)
                assert len(await response.read()) == 100_000

        async with reach.serve(echo) as url:
            await asyncio.gather(*map(one, range(20)))

    run(main())


@pytest.mark.parametrize("version", [3, 4], ids=["SPDY/3", "SPDY/3.1"])
def test_a_reader_that_is_slow_holds_the_writer_up(plain: Reach) -> None:
    written = 0

    async def handle(request: aio.ServerStream) -> None:
        nonlocal written
        request.start(200)
        for _ in range(1000):
            await request.write(b"x" * 10_000)
            written += 10_000

    async def main() -> None:
        async with plain.connected(handle) as connection:
            response = await connection.request("GET", "/")
            await asyncio.sleep(0.2)
            assert written <= spdylay.INITIAL_WINDOW_SIZE + 80_000
            size = 0
            async for data in response:
                size += len(data)
                assert written - size <= 2 * spdylay.INITIAL_WINDOW_SIZE + 80_000
            assert size == 10_000_000

    run(main())


def test_a_handler_that_is_slow_holds_the_client_up(plain: Reach) -> None:
    """In SPDY/2 by not reading from the connection."""
    proceed = asyncio.Event
    events: list[asyncio.Event] = []

    async def handle(request: aio.ServerStream) -> None:
        await events[0].wait()
        size = 0
        async for data in request:
            size += len(data)
        await request.respond(200, body=b"%d" % size)

    async def main() -> None:
        events.append(proceed())
        sent = 0

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(3000):
                yield b"x" * 10_000
                sent += 10_000

        async with plain.connected(handle) as connection:
            stream = connection.open("POST", "/", has_body=True)
            stream.send_body(pieces())
            await asyncio.sleep(0.5)
            assert sent < (15_000_000 if plain.version == spdylay.PROTO_SPDY2 else 200_000)
            events[0].set()
            await stream.response()
            assert await stream.read() == b"30000000"

    run(main())


def test_responses_that_are_not_read_do_not_stop_others(plain: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        await request.respond(200, body=b"x" * 20_000)

    async def main() -> None:
        async with plain.connected(handle) as connection:
            responses = [await connection.request("GET", "/") for _ in range(20)]
            for response in responses:
                await response.wait_closed()
            assert len(await responses[7].read()) == 20_000

    run(main())


def test_a_block_ends_a_stream_that_is_not_over(plain: Reach) -> None:
    failed: list[BaseException] = []

    async def handle(request: aio.ServerStream) -> None:
        request.start(200)
        try:
            while True:
                await request.write(b"x" * 10_000)
        except spdylay.StreamResetError as error:
            failed.append(error)
            raise

    async def main() -> None:
        async with plain.connected(handle) as connection:
            for _ in range(10):
                async with await connection.request("GET", "/") as response:
                    await response.__anext__()
            assert (await connection.request("GET", "/")).status == 200

    run(main())
    assert [getattr(error, "status_code", None) for error in failed[:10]] == [spdylay.CANCEL] * 10


def test_server_push(reach: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        push = await request.push("/style.css", [("content-type", "text/css")])
        await request.respond(200, body=b"page")
        await push.write(b"x" * 100_000)
        push.end()

    async def main() -> None:
        pushed: list[aio.PushedStream] = []
        async with reach.connected(handle, on_push=pushed.append) as connection:
            page = await connection.request("GET", "/")
            assert await page.read() == b"page"
            (style,) = pushed
            headers = dict(style.headers)
            assert headers[":path"] == "/style.css"
            assert headers[":status"] == "200 OK"
            assert headers["content-type"] == "text/css"
            assert style.associated_stream_id == page.stream_id
            assert len(await style.read()) == 100_000
            assert await style.wait_closed() == spdylay.OK

    run(main())


def test_a_push_is_refused_if_nobody_wants_it(plain: Reach) -> None:
    closed: list[int] = []

    async def handle(request: aio.ServerStream) -> None:
        push = await request.push("/style.css")
        await request.respond(200)
        closed.append(await push.wait_closed())

    async def main() -> None:
        async with plain.connected(handle) as connection:
            await connection.request("GET", "/")
            while not closed:
                await asyncio.sleep(0.01)

    run(main())
    assert closed == [spdylay.REFUSED_STREAM]


def test_handlers_that_fail(plain: Reach, caplog: pytest.LogCaptureFixture) -> None:
    async def handle(request: aio.ServerStream) -> None:
        if request.path == "/silent":
            return
        if request.path == "/half":
            request.start(200)
            await request.write(b"half")
            await asyncio.sleep(0.05)
        raise ZeroDivisionError

    async def main() -> None:
        async with plain.connected(handle) as connection:
            assert (await connection.request("GET", "/silent")).status == 500
            assert (await connection.request("GET", "/")).status == 500
            half = await connection.request("GET", "/half")
            with pytest.raises(spdylay.StreamResetError) as caught:
                await half.read()
            assert caught.value.status_code == spdylay.INTERNAL_ERROR

    run(main())
    assert [record.message for record in caplog.records if "failed" in record.message] == [
        "the handler of GET /silent has failed",
        "the handler of GET / has failed",
        "the handler of GET /half has failed",
    ]


def test_a_body_that_fails(plain: Reach) -> None:
    def pieces() -> Any:
        yield b"one"
        raise ZeroDivisionError

    async def handle(request: aio.ServerStream) -> None:
        await request.read()
        await request.respond(200)

    async def main() -> None:
        async with plain.connected(handle) as connection:
            with pytest.raises(ZeroDivisionError):
                await connection.request("POST", "/", body=pieces())
            assert (await connection.request("GET", "/")).status == 200

    run(main())


def test_malformed_requests_and_responses(version: int, plain: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        request._reply([(":version", "HTTP/1.1")], has_body=False)

    def raw(address: Any) -> None:
        with RawClient(address, version) as client:
            client.session.submit_request(0, [pair for pair in REQUEST if pair[0] != ":method"])
            client.receive_until(client.end.closed)
            (reply,) = client.end.frames(spdylay.SYN_REPLY)
            assert (":status", "400 Bad Request") in reply.nv

    async def main() -> None:
        async with plain.serve(handle) as url:
            port = int(url.rpartition(":")[2])
            await asyncio.get_running_loop().run_in_executor(None, raw, ("127.0.0.1", port))
            async with await aio.connect(url, **plain.client) as connection:
                with pytest.raises(ValueError, match="no :status"):
                    await connection.request("GET", "/")

    run(main())


def test_the_connection_is_lost(plain: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        request.start(200)
        await request.write(b"begin")
        await asyncio.sleep(0.05)
        request._protocol.abort()

    async def main() -> None:
        async with plain.connected(handle) as connection:
            response = await connection.request("GET", "/")
            with pytest.raises(spdylay.StreamResetError):
                await response.read()
            await connection.lost
            assert not connection.is_usable
            with pytest.raises(ConnectionError, match="no more requests"):
                await connection.request("GET", "/")

    run(main())


def test_the_handler_hears_that_the_client_is_gone(plain: Reach) -> None:
    errors: list[BaseException] = []

    async def handle(request: aio.ServerStream) -> None:
        try:
            await request.read()
        except spdylay.StreamResetError as error:
            errors.append(error)
            raise

    async def main() -> None:
        async with plain.serve(handle) as url:
            connection = await aio.connect(url, **plain.client)
            connection.open("POST", "/", has_body=True)
            await asyncio.sleep(0.05)
            connection.abort()
            while not errors:
                await asyncio.sleep(0.01)

    run(main())


def test_closing_a_server_lets_requests_finish(plain: Reach) -> None:
    # Before Python 3.10 they belong to the loop in which they are made.
    entered: asyncio.Event
    may_finish: asyncio.Event

    async def handle(request: aio.ServerStream) -> None:
        entered.set()
        await may_finish.wait()
        await request.respond(200, body=b"finished")

    async def main() -> None:
        nonlocal entered, may_finish
        entered, may_finish = asyncio.Event(), asyncio.Event()
        server = await aio.start_server(handle, "127.0.0.1", 0, **plain.server)
        port = server.sockets[0].getsockname()[1]
        async with await aio.connect(f"http://localhost:{port}", **plain.client) as connection:
            request = asyncio.ensure_future(connection.request("GET", "/"))
            await entered.wait()
            closing = asyncio.ensure_future(server.close())
            await asyncio.sleep(0)
            with pytest.raises(OSError):
                await aio.connect(f"http://localhost:{port}", **plain.client)
            assert not closing.done()
            may_finish.set()
            assert await (await request).read() == b"finished"
            await closing

    run(main())


def test_closing_a_server_does_not_wait_for_ever(plain: Reach) -> None:
    cancelled: list[bool] = []

    async def handle(_request: aio.ServerStream) -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def main() -> None:
        server = await aio.start_server(handle, "127.0.0.1", 0, close_timeout=0.1, **plain.server)
        port = server.sockets[0].getsockname()[1]
        async with await aio.connect(f"http://localhost:{port}", **plain.client) as connection:
            request = asyncio.ensure_future(connection.request("GET", "/"))
            await asyncio.sleep(0.05)
            await server.close()
            with pytest.raises(spdylay.StreamResetError):
                await request

    run(main())
    assert cancelled


def test_idle_connections_are_closed(plain: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        await asyncio.sleep(1.5)
        await request.respond(200)

    async def main() -> None:
        async with plain.serve(handle, idle_timeout=1.0) as url:
            connection = await aio.connect(url, **plain.client)
            # Not while a request is under way.
            assert (await connection.request("GET", "/")).status == 200
            await asyncio.wait_for(connection.lost, 20)

    run(main())


def test_cancelling_a_request_resets_its_stream(plain: Reach) -> None:
    async def handle(request: aio.ServerStream) -> None:
        statuses.append(await request.wait_closed())

    statuses: list[int] = []

    async def main() -> None:
        async with plain.connected(handle) as connection:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(connection.request("GET", "/"), 0.1)
            while not statuses:
                await asyncio.sleep(0.01)

    run(main())
    assert statuses == [spdylay.CANCEL]


def test_peers_without_spdy(certificate: Certificate, caplog: pytest.LogCaptureFixture) -> None:
    reach = Reach(spdylay.PROTO_SPDY3_1, certificate)

    async def main() -> None:
        async with reach.serve(echo) as url:
            port = int(url.rpartition(":")[2])
            context = certificate.client_context()
            _, writer = await asyncio.open_connection("localhost", port, ssl=context)
            writer.close()
            reach.server["context"].set_alpn_protocols(["http/1.1"])
            with pytest.raises(spdylay.NegotiationError):
                await aio.connect(url, **reach.client)
            with pytest.raises(ssl.SSLCertVerificationError):
                await aio.connect(url)

    run(main())
    assert "does not speak SPDY" in caplog.text


def test_urlfetch_from_an_asyncio_server_and_the_reverse(reach: Reach, certificate: Certificate) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with reach.serve(echo) as url:
            options = {"method": "POST", "body": b"x" * 300_000}
            (response,) = await loop.run_in_executor(None, lambda: fetch(url, **reach.client, **options))
            assert len(response.body) == 300_000
        options = dict(zip(("cert_file", "key_file"), certificate)) if reach.scheme == "https" else {}
        with serving(version=reach.version, **options) as site:
            async with await aio.connect(site.url, **reach.client) as connection:
                answer = await connection.request("GET", "/bytes?3000000")
                assert len(await answer.read()) == 3_000_000

    run(main())


def test_nothing_is_left_behind(plain: Reach) -> None:
    made: list[weakref.ref[object]] = []

    async def handle(request: aio.ServerStream) -> None:
        made.append(weakref.ref(request))
        made.append(weakref.ref(request._protocol))
        await echo(request)

    async def main() -> None:
        for _ in range(3):
            async with plain.connected(handle) as connection:
                made.append(weakref.ref(connection))
                for _ in range(5):
                    response = await connection.request("POST", "/", body=b"x" * 1000)
                    made.append(weakref.ref(response))
                    await response.read()

    run(main())
    collect()
    assert [thing() for thing in made if thing() is not None] == []
