"""urlfetch and ThreadedSPDYServer with each other, over real sockets."""

from __future__ import annotations

import io
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

import spdylay

from .pair import REQUEST, body
from .raw import RawClient
from .site import Certificate, Site, SiteHandler, fetch, serving


class Reach:
    """A running site and the options to fetch from it."""

    def __init__(self, site: Site, **options: Any) -> None:
        self.site = site
        self.options = options

    def fetch(self, *paths: str, **options: Any) -> Any:
        return fetch([self.site.url + path for path in paths], **self.options, **options)


@pytest.fixture(params=["TCP", "TLS"])
def reach(request: pytest.FixtureRequest, version: int, certificate: Certificate) -> Iterator[Reach]:
    """The site, for each version over each transport."""
    if request.param == "TCP":
        with serving(version=version) as site:
            yield Reach(site, version=version)
    else:
        with serving(cert_file=certificate.cert_file, key_file=certificate.key_file) as site:
            yield Reach(site, version=version, context=certificate.client_context())


def test_a_response(reach: Reach) -> None:
    (hello,) = reach.fetch("/hello")
    headers = dict(hello.nv)
    assert headers[":status"] == "200 OK"
    assert headers[":version"] == "HTTP/1.1"
    assert headers["content-type"] == "text/plain"
    assert headers["server"].startswith("spdylay/1.")
    assert headers["date"].endswith("GMT")
    assert hello.body == b"hello"
    assert hello.status_code == spdylay.OK


def test_errors_and_empty_responses(reach: Reach) -> None:
    missing, empty = reach.fetch("/missing", "/empty")
    assert missing.status == "404 Not Found"
    assert b"<h1>404 Not Found</h1>" in missing.body
    assert (empty.status, bytes(empty.body)) == ("204 No Content", b"")
    (head,) = reach.fetch("/missing", method="HEAD")
    assert (head.status, bytes(head.body)) == ("404 Not Found", b"")
    assert int(dict(head.nv)["content-length"]) == len(missing.body)
    (unknown,) = reach.fetch("/", method="BREW")
    assert unknown.status.startswith("501 ")
    assert not reach.site.errors


def test_handlers_that_fail(reach: Reach) -> None:
    silent, failure, half, hello = reach.fetch("/silent", "/failure", "/half", "/hello")
    assert silent.status == failure.status == "500 Internal Server Error"
    assert half.status_code == spdylay.INTERNAL_ERROR
    assert hello.body == b"hello"
    assert sorted(type(error).__name__ for error in reach.site.errors) == [
        "RuntimeError",
        "ZeroDivisionError",
        "ZeroDivisionError",
    ]


def test_headers_go_both_ways(reach: Reach) -> None:
    headers = [("X-Mine", "1"), ("x-mine", "2"), ("connection", "close"), ("Host", "elsewhere"), ("user-agent", "me")]
    (seen,) = reach.fetch("/headers?q=1", headers=headers)
    assert seen.status == "200 As You Like"
    port = reach.site.server_address[1]
    scheme = reach.site.url.partition(":")[0]
    assert seen.body.decode().split("\n") == [
        f":host=localhost:{port}",
        ":method=GET",
        ":path=/headers?q=1",
        f":scheme={scheme}",
        ":version=HTTP/1.1",
        "user-agent=me",
        "x-mine=1",
        "x-mine=2",
    ]


def test_a_big_download(reach: Reach) -> None:
    (big,) = reach.fetch("/bytes?20000000")
    assert len(big.body) == 20_000_000
    assert big.status_code == spdylay.OK


@pytest.mark.parametrize(
    "make",
    [lambda: b"x" * 3_000_000, lambda: io.BytesIO(b"x" * 3_000_000), lambda: (b"x" * 1000 for _ in range(3000))],
    ids=["bytes", "file", "generator"],
)
def test_a_big_upload(reach: Reach, make: Any) -> None:
    (count,) = reach.fetch("/", method="POST", body=make())
    assert count.body == b"3000000"
    one, two = reach.fetch("/", "/", method="POST", body=lambda _url: make())
    assert one.body == two.body == b"3000000"


def test_a_body_goes_out_and_comes_back_at_the_same_time(reach: Reach) -> None:
    pieces = [b"%07d" % number * 1000 for number in range(300)]
    (echo,) = reach.fetch("/", method="ECHO", body=pieces)
    assert echo.body == b"".join(pieces)


def test_a_body_that_is_not_read_stops_nothing(reach: Reach) -> None:
    ignored, again = reach.fetch("/", "/", method="IGNORE", body=lambda _url: b"x" * 1_000_000)
    assert ignored.body == again.body == b"ignored"
    assert ignored.status_code == again.status_code == spdylay.OK


def test_hundreds_of_streams(reach: Reach) -> None:
    responses = reach.fetch(*["/hello"] * 300, *["/bytes?5000"] * 200)
    assert {bytes(response.body) for response in responses[:300]} == {b"hello"}
    assert {len(response.body) for response in responses[300:]} == {5000}
    assert len({response.stream_id for response in responses}) == 500


def test_a_server_with_a_low_limit_on_streams(version: int) -> None:
    with serving(version=version, max_streams=3) as site:
        responses = fetch([site.url + "/hello"] * 50, version=version, method="GET", body=None)
        assert {bytes(response.body) for response in responses} == {b"hello"}
        responses = fetch([site.url + "/"] * 50, version=version, method="POST", body=b"body")
        assert {bytes(response.body) for response in responses} == {b"4"}


def test_many_clients_at_once(reach: Reach) -> None:
    results: list[int] = []

    def work() -> None:
        results.extend(len(response.body) for response in reach.fetch(*["/bytes?30000"] * 10))

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [30_000] * 100


def test_urls_of_several_origins(version: int) -> None:
    with serving(version=version) as one, serving(version=version) as two:
        urls = [one.url + "/hello", one.url + "/empty", two.url + "/hello", one.url + "/bytes?7"]
        responses = fetch(urls, version=version)
    assert [len(response.body) for response in responses] == [5, 0, 5, 7]
    assert [response.stream_id for response in responses] == [1, 3, 1, 1]


def test_certificates_are_verified(certificate: Certificate) -> None:
    with serving(cert_file=certificate.cert_file, key_file=certificate.key_file) as site:
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(site.url + "/hello")
        unverified = ssl.create_default_context()
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        assert fetch(site.url + "/hello", context=unverified)[0].body == b"hello"


def test_servers_and_clients_without_spdy(certificate: Certificate) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with serving(context=context) as site:
        for protocols in ([], ["http/1.1", "h2"]):
            context.set_alpn_protocols(protocols)
            with pytest.raises(spdylay.NegotiationError, match="does not speak SPDY"):
                fetch(site.url + "/hello", context=certificate.client_context())


def test_a_version_that_the_server_does_not_speak(certificate: Certificate) -> None:
    with serving(cert_file=certificate.cert_file, key_file=certificate.key_file, version=spdylay.PROTO_SPDY2) as site:
        options = {"context": certificate.client_context()}
        assert fetch(site.url + "/hello", **options)[0].body == b"hello"
        with pytest.raises((spdylay.NegotiationError, OSError)):
            fetch(site.url + "/hello", version=spdylay.PROTO_SPDY3, **options)


def test_urls_that_are_none() -> None:
    for url in ("ftp://localhost/", "localhost", "http://", "https:///path"):
        with pytest.raises(ValueError, match="is no URL"):
            fetch(url)


def test_nobody_listens() -> None:
    with Site() as site:
        url = site.url
    with pytest.raises(ConnectionRefusedError):
        fetch(url)


def test_a_server_that_says_nothing(version: int) -> None:
    class Mute(SiteHandler):
        def do_GET(self) -> None:
            released.wait(20)
            self.send_error(404)

    released = threading.Event()
    with serving(Mute, version=version) as site:
        with pytest.raises(TimeoutError, match=r"nothing happened for 0\.2 seconds"):
            fetch(site.url, version=version, timeout=0.2)
        released.set()


def test_a_server_that_hangs_up(version: int) -> None:
    class Rude(SiteHandler):
        def do_GET(self) -> None:
            self.server.shutdown_request(self.request)
            self.send_error(404)

    class Handler(spdylay.BaseSPDYStreamHandler):
        def on_close(self, status_code: int) -> None:
            closed.append(status_code)

    closed: list[int] = []
    with serving(Rude, version=version) as site, pytest.raises(ConnectionError):
        spdylay.urlfetch([site.url, site.url], Handler, version=version)
    assert closed == [spdylay.INTERNAL_ERROR] * 2


@pytest.mark.parametrize("method", ["on_header", "on_data", "on_close"])
def test_exceptions_of_a_client_handler_come_out(version: int, method: str) -> None:
    def fail(_self: Any, _argument: Any) -> None:
        raise ZeroDivisionError

    handler: type[spdylay.BaseSPDYStreamHandler] = type("Handler", (spdylay.BaseSPDYStreamHandler,), {method: fail})
    with serving(version=version) as site, pytest.raises(ZeroDivisionError):
        spdylay.urlfetch(site.url + "/hello", handler, version=version)


def test_exceptions_of_a_request_body_come_out(version: int) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise ZeroDivisionError

    with serving(version=version) as site, pytest.raises(ZeroDivisionError):
        fetch(site.url, version=version, method="POST", body=pieces())


def test_a_request_without_its_headers(version: int) -> None:
    with serving(version=version) as site, RawClient(site.server_address, version) as client:
        client.session.submit_request(0, [pair for pair in REQUEST if pair[0] != ":path"])
        client.receive_until(lambda: client.end.closed())
        (reply,) = client.end.frames(spdylay.SYN_REPLY)
        assert (":status", "400 the request has no :path") in reply.nv


def test_a_client_that_leaves_in_the_middle(version: int) -> None:
    with serving(version=version) as site:
        for _ in range(5):
            with RawClient(site.server_address, version) as client:
                client.session.submit_request(0, [*REQUEST[:1], (":path", "/bytes?100000000"), *REQUEST[2:]])
                client.session.submit_request(0, [(":method", "POST"), *REQUEST[1:]], body(b"x" * 10**6))
                client.send()
                client.socket.recv(1000)
        assert fetch(site.url + "/hello", version=version)[0].body == b"hello"
    assert not site.errors


def test_a_client_that_resets_its_stream(version: int) -> None:
    with serving(version=version) as site, RawClient(site.server_address, version) as client:
        client.session.submit_request(0, [*REQUEST[:1], (":path", "/bytes?100000000"), *REQUEST[2:]])
        client.receive_until(lambda: client.end.received(1))
        client.session.submit_rst_stream(1, spdylay.CANCEL)
        client.session.submit_request(0, [*REQUEST[:1], (":path", "/hello"), *REQUEST[2:]])
        client.receive_until(lambda: 3 in client.end.closed())
        assert client.end.received(3) == b"hello"
    assert not site.errors


@pytest.mark.parametrize("failure", [ZeroDivisionError, SystemExit])
def test_a_handler_that_fails_after_its_client_is_gone_leaves_nothing_to_send(
    version: int, failure: type[BaseException]
) -> None:
    handlers: list[SiteHandler] = []
    entered = threading.Event()

    class Late(SiteHandler):
        def get_late(self, _argument: str) -> None:
            handlers.append(self)
            entered.set()
            with pytest.raises(ConnectionError):
                assert self.rfile
                self.rfile.read()
            raise failure

    with serving(Late, version=version) as site, RawClient(site.server_address, version) as client:
        client.session.submit_syn_stream(0, 0, [*REQUEST[:1], (":path", "/late"), *REQUEST[2:]])
        client.send()
        assert entered.wait(20)
        client.session.submit_rst_stream(1, spdylay.CANCEL)
        client.session.submit_request(0, [*REQUEST[:1], (":path", "/hello"), *REQUEST[2:]])
        client.receive_until(lambda: 3 in client.end.closed())
    # What collecting it does.
    handlers[0].wfile.close()


@pytest.mark.parametrize("version", [3, 4], ids=["SPDY/3", "SPDY/3.1"])
def test_a_client_that_does_not_read_holds_up_only_its_own_stream(version: int) -> None:
    written: list[int] = []

    class Writer(SiteHandler):
        def get_much(self, _argument: str) -> None:
            self.send_response(200)
            for _ in range(1000):
                self.wfile.write(b"x" * 100_000)
                written.append(100_000)

    with serving(Writer, version=version) as site, RawClient(site.server_address, version) as client:
        client.session.set_option(spdylay.OPT_NO_AUTO_WINDOW_UPDATE, 1)
        if version == spdylay.PROTO_SPDY3_1:
            client.session.submit_settings(0, [(spdylay.SETTINGS_INITIAL_WINDOW_SIZE, 0, 10_000)])
        client.session.submit_request(0, [*REQUEST[:1], (":path", "/much"), *REQUEST[2:]])
        client.session.submit_request(0, [*REQUEST[:1], (":path", "/hello"), *REQUEST[2:]])
        client.receive_until(lambda: 3 in client.end.closed() and client.end.received(1))
        assert client.end.received(3) == b"hello"
        time.sleep(0.1)
        assert sum(written) <= 400_000
        client.session.submit_rst_stream(1, spdylay.CANCEL)
        client.receive_until(lambda: client.end.closed().keys() == {1, 3})


def test_a_handler_that_does_not_read_holds_the_client_up(version: int) -> None:
    """Memory stays bounded: by the window, and in SPDY/2 by not reading from the connection."""

    class Slow(SiteHandler):
        def do_POST(self) -> None:
            released.wait(20)
            super().do_POST()

    released = threading.Event()
    size = 30_000_000
    sent: list[int] = []

    def pieces() -> Iterator[bytes]:
        for _ in range(size // 100_000):
            sent.append(100_000)
            yield b"x" * 100_000

    def release() -> None:
        # Until nothing has moved for a while.
        while True:
            before = len(sent)
            time.sleep(0.3)
            if before and len(sent) == before:
                break
        held_up_at.append(sum(sent))
        released.set()

    held_up_at: list[int] = []
    thread = threading.Thread(target=release)
    with serving(Slow, version=version) as site:
        thread.start()
        (response,) = fetch(site.url, version=version, method="POST", body=pieces())
    thread.join(20)
    assert response.body == b"%d" % size
    # What is not in the server's hands is in the buffers of the sockets.
    assert held_up_at[0] < (15_000_000 if version == spdylay.PROTO_SPDY2 else 300_000)


def test_a_client_that_leaves_while_nothing_is_read_from_it() -> None:
    """In SPDY/2 the connection is not read from while much is unread; its end is noticed all the same."""

    class Slow(SiteHandler):
        def do_POST(self) -> None:
            entered.set()
            released.wait(20)
            lost.append(self._exchange._status_code)

    entered, released = threading.Event(), threading.Event()
    lost: list[int | None] = []
    version = spdylay.PROTO_SPDY2
    with serving(Slow, version=version) as site:
        with RawClient(site.server_address, version) as client:
            client.session.submit_request(0, [(":method", "POST"), *REQUEST[1:]], body(b"x" * 5_000_000))
            client.socket.settimeout(0.5)
            with suppress(TimeoutError, OSError):
                client.send()
            assert entered.wait(20)
        time.sleep(0.2)
        released.set()
        deadline = time.monotonic() + 20
        while not lost and time.monotonic() < deadline:
            time.sleep(0.01)
    assert lost == [spdylay.INTERNAL_ERROR]


def test_a_handler_gives_up_on_a_client_that_stalls(version: int) -> None:
    failed: list[BaseException] = []

    class Patient(SiteHandler):
        def do_POST(self) -> None:
            try:
                super().do_POST()
            except TimeoutError as error:
                failed.append(error)
                raise

    with serving(Patient, version=version, timeout=1) as site, RawClient(site.server_address, version) as client:
        client.session.submit_syn_stream(0, 0, [(":method", "POST"), *REQUEST[1:]])
        client.receive_until(lambda: client.end.closed())
        assert client.end.closed() == {1: spdylay.INTERNAL_ERROR}
    assert "sent nothing for 1 seconds" in str(failed[0])


def test_an_idle_connection_is_closed(version: int) -> None:
    with serving(version=version, timeout=1) as site, RawClient(site.server_address, version) as client:
        with pytest.raises(ConnectionError):
            client.receive_until(lambda: False)
        assert client.end.frames(spdylay.GOAWAY)


def test_closing_a_server_lets_requests_finish(version: int) -> None:
    class Slow(SiteHandler):
        def do_GET(self) -> None:
            entered.set()
            time.sleep(0.2)
            super().do_GET()

    entered = threading.Event()
    results: list[Any] = []
    with serving(Slow, version=version) as site:
        thread = threading.Thread(target=lambda: results.extend(fetch(site.url + "/hello", version=version)))
        thread.start()
        assert entered.wait(20)
    thread.join(20)
    assert results[0].body == b"hello"


def test_a_push_is_refused_by_urlfetch(version: int) -> None:
    class Pusher(SiteHandler):
        def do_GET(self) -> None:
            connection = self._exchange._host
            with connection.lock:
                flags = spdylay.CTRL_FLAG_UNIDIRECTIONAL
                session = connection.session  # type: ignore[attr-defined]
                session.submit_syn_stream(flags, 0, REQUEST, assoc_stream_id=self._exchange.stream_id)
            super().do_GET()

    with serving(Pusher, version=version) as site:
        (hello,) = fetch(site.url + "/hello", version=version)
    assert hello.body == b"hello"


def test_too_large_a_request(version: int) -> None:
    with serving(version=version) as site:
        (response,) = fetch(site.url + "/hello", version=version, headers=[("x", "x" * 100_000)])
    assert response.status_code != spdylay.OK
    assert not response.nv


def test_a_writable_body_behaves_like_a_file(version: int) -> None:
    class Text(SiteHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            with io.TextIOWrapper(self.wfile, "utf-8") as text:  # type: ignore[type-var]
                text.write("αβγ")
            with pytest.raises(ValueError, match="closed"):
                self.wfile.write(b"more")

    with serving(Text, version=version) as site:
        (response,) = fetch(site.url, version=version)
    assert response.body.decode() == "αβγ"
    assert not site.errors
