"""The Twisted site: one resource tree over HTTP/1.1 and SPDY."""

from __future__ import annotations

import http.client
import ssl as tls
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import spdylay

from .pair import REQUEST
from .raw import RawClient
from .site import Certificate, fetch

pytest.importorskip("twisted.web")

from twisted.internet import reactor as the_reactor, ssl, threads
from twisted.internet.endpoints import SSL4ServerEndpoint, TCP4ServerEndpoint
from twisted.internet.error import CertificateError
from twisted.logger import globalLogPublisher
from twisted.web import resource, server, static

from spdylay import tx

pytestmark = pytest.mark.usefixtures("running_reactor")
reactor: Any = the_reactor


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """The failures that Twisted logs in a test: there are none but those that the test takes away."""
    failures: list[Any] = []

    def observe(event: Any) -> None:
        if "log_failure" in event:
            failures.append(event["log_failure"])

    publisher: Any = globalLogPublisher
    publisher.addObserver(observe)
    yield failures
    publisher.removeObserver(observe)
    assert [failure.getTraceback() for failure in failures] == []


class Hello(resource.Resource):
    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        request.setHeader(b"content-type", b"text/plain")
        request.addCookie(b"taste", b"sweet")
        spoken: bytes = request.clientproto
        return b"hello " + spoken

    def render_POST(self, request: Any) -> bytes:
        size: int = len(request.content.read())
        return b"%d" % size


class Form(resource.Resource):
    isLeaf = True

    def render_POST(self, request: Any) -> bytes:
        seen = [request.args, request.getHeader(b"host"), request.getCookie(b"taste"), request.isSecure(), request.uri]
        return repr(seen).encode()


class Later(resource.Resource):
    isLeaf = True

    def render_GET(self, request: Any) -> int:
        reactor.callLater(0.02, self._begin, request)
        return server.NOT_DONE_YET

    def _begin(self, request: Any) -> None:
        request.write(b"at ")
        reactor.callLater(0.02, self._end, request)

    def _end(self, request: Any) -> None:
        request.write(b"last")
        request.finish()


class Broken(resource.Resource):
    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        raise ZeroDivisionError


class Pushing(resource.Resource):
    """Writes as fast as it may, as a push producer."""

    isLeaf = True
    total = 5_000_000

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self.pauses = 0
        self.stopped = threading.Event()
        self.finished: list[Any] = []

    def render_GET(self, request: Any) -> int:
        self.written = 0
        self._request = request
        self._is_paused = False
        request.notifyFinish().addBoth(self.finished.append)
        request.registerProducer(self, True)
        self._write()
        return server.NOT_DONE_YET

    def _write(self) -> None:
        if self._is_paused or self.stopped.is_set():
            return
        if self.written == self.total:
            self._request.unregisterProducer()
            self._request.finish()
            return
        self._request.write(b"x" * 10_000)
        self.written += 10_000
        reactor.callLater(0, self._write)

    def pauseProducing(self) -> None:
        self.pauses += 1
        self._is_paused = True

    def resumeProducing(self) -> None:
        self._is_paused = False
        self._write()

    def stopProducing(self) -> None:
        self.stopped.set()


class WhoIsIt(resource.Resource):
    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        try:
            certificate = ssl.Certificate.peerFromTransport(request.transport)
        except CertificateError:
            return b"nobody"
        name: bytes = certificate.getSubject().commonName
        return name


class Site:
    """A tree of resources and where it is served."""

    def __init__(self, folder: Path) -> None:
        self.pushing = Pushing()
        self.root = resource.Resource()
        children: tuple[tuple[bytes, Any], ...] = (
            (b"hello", Hello()),
            (b"form", Form()),
            (b"later", Later()),
            (b"broken", Broken()),
            (b"pushing", self.pushing),
            (b"who", WhoIsIt()),
            (b"files", static.File(str(folder))),
        )
        for name, child in children:
            self.root.putChild(name, child)

    @contextmanager
    def listening(self, site: server.Site, options: Any = None) -> Iterator[int]:
        """Serves; the port."""
        endpoint: Any = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        if options:
            endpoint = SSL4ServerEndpoint(reactor, 0, options, interface="127.0.0.1")
        port = threads.blockingCallFromThread(reactor, endpoint.listen, site)
        try:
            yield port.getHost().port
        finally:
            threads.blockingCallFromThread(reactor, port.stopListening)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "big").write_bytes(bytes(range(256)) * 10_000)
    return Site(tmp_path)


@pytest.fixture
def private(certificate: Certificate) -> Any:
    pem = Path(certificate.cert_file).read_bytes() + Path(certificate.key_file).read_bytes()
    return ssl.PrivateCertificate.loadPEM(pem)


class Reach:
    """A site to fetch from."""

    def __init__(self, site: Site, url: str, **options: Any) -> None:
        self.site = site
        self.url = url
        self.options = options

    def fetch(self, path: str, **options: Any) -> Any:
        return fetch(self.url + path, **self.options, **options)[0]


@pytest.fixture(params=["TCP", "TLS"])
def reach(
    request: pytest.FixtureRequest, version: int, site: Site, certificate: Certificate, private: Any
) -> Iterator[Reach]:
    if request.param == "TCP":
        with site.listening(tx.SPDYSite(site.root, plain_version=version)) as port:
            yield Reach(site, f"http://localhost:{port}", version=version)
    else:
        with site.listening(tx.SPDYSite(site.root), private.options()) as port:
            yield Reach(site, f"https://localhost:{port}", version=version, context=certificate.client_context())


def test_a_resource(reach: Reach, version: int) -> None:
    response = reach.fetch("/hello")
    headers = dict(response.nv)
    assert headers[":status"] == "200 OK"
    assert headers["content-type"] == "text/plain"
    assert headers["set-cookie"].startswith("taste=sweet")
    assert "transfer-encoding" not in headers
    name = {2: b"SPDY/2", 3: b"SPDY/3", 4: b"SPDY/3.1"}[version]
    assert response.body == b"hello " + name
    assert reach.fetch("/missing").status == "404 Not Found"
    head = reach.fetch("/hello", method="HEAD")
    assert (head.status, bytes(head.body)) == ("200 OK", b"")


def test_a_form(reach: Reach) -> None:
    headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", "taste=sour")]
    response = reach.fetch("/form?q=0", method="POST", body=b"a=1&a=2&b=3", headers=headers)
    host = reach.url.partition("//")[2].encode()
    is_secure = reach.url.startswith("https")
    args = {b"q": [b"0"], b"a": [b"1", b"2"], b"b": [b"3"]}
    assert response.body.decode() == repr([args, host, b"sour", is_secure, b"/form?q=0"])


def test_a_big_request_body(reach: Reach) -> None:
    assert reach.fetch("/hello", method="POST", body=[b"x" * 100_000] * 50).body == b"5000000"
    assert reach.fetch("/hello", method="POST").body == b"0"


def test_a_response_that_comes_later(reach: Reach) -> None:
    assert reach.fetch("/later").body == b"at last"


def test_a_resource_that_fails(reach: Reach, logged: list[Any]) -> None:
    assert reach.fetch("/broken").status == "500 Internal Server Error"
    assert logged.pop().check(ZeroDivisionError)


def test_a_file_by_a_pull_producer(reach: Reach) -> None:
    response = reach.fetch("/files/big")
    assert response.body == bytes(range(256)) * 10_000
    assert dict(response.nv)["content-length"] == "2560000"
    part = reach.fetch("/files/big", headers=[("range", "bytes=10-19")])
    assert (part.status, bytes(part.body)) == ("206 Partial Content", bytes(range(10, 20)))


def test_a_push_producer_is_paused_and_resumed(reach: Reach, version: int) -> None:
    response = reach.fetch("/pushing")
    assert len(response.body) == Pushing.total
    # Without flow control that is up to the buffers of the sockets.
    assert reach.site.pushing.pauses > 0 or version == spdylay.PROTO_SPDY2
    assert reach.site.pushing.finished == [None]


def test_many_requests_at_once(reach: Reach) -> None:
    paths = ("/hello", "/later", "/hello", "/later", "/files/big") * 20
    responses = fetch([reach.url + path for path in paths], **reach.options)
    assert {len(response.body) for response in responses[4::5]} == {2_560_000}
    assert all(response.status == "200 OK" for response in responses)


def test_a_client_that_reads_slowly_holds_the_producer_up(site: Site) -> None:
    version = spdylay.PROTO_SPDY3
    plain = tx.SPDYSite(site.root, plain_version=version)
    with site.listening(plain) as port, RawClient(("127.0.0.1", port), version) as client:
        client.session.set_option(spdylay.OPT_NO_AUTO_WINDOW_UPDATE, 1)
        client.session.submit_request(0, [*REQUEST[:1], (":path", "/pushing"), *REQUEST[2:]])
        client.receive_until(lambda: len(client.end.received(1)) == spdylay.INITIAL_WINDOW_SIZE)
        time.sleep(0.1)
        assert site.pushing.written <= spdylay.INITIAL_WINDOW_SIZE + 90_000
        client.session.submit_rst_stream(1, spdylay.CANCEL)
        client.receive_until(client.end.closed)
        assert site.pushing.stopped.wait(20)
        while not site.pushing.finished:
            time.sleep(0.01)
        assert "CANCEL" in str(site.pushing.finished[0])


def test_a_client_that_leaves(site: Site, version: int) -> None:
    with site.listening(tx.SPDYSite(site.root, plain_version=version)) as port:
        with RawClient(("127.0.0.1", port), version) as client:
            client.session.submit_request(0, [*REQUEST[:1], (":path", "/pushing"), *REQUEST[2:]])
            client.receive_until(lambda: client.end.received(1))
        assert site.pushing.stopped.wait(20)
        assert fetch(f"http://localhost:{port}/hello", version=version)[0].status == "200 OK"


def test_a_malformed_request(site: Site, version: int) -> None:
    plain = tx.SPDYSite(site.root, plain_version=version)
    with site.listening(plain) as port, RawClient(("127.0.0.1", port), version) as client:
        client.session.submit_request(0, [pair for pair in REQUEST if pair[0] != ":host"])
        client.receive_until(client.end.closed)
        (reply,) = client.end.frames(spdylay.SYN_REPLY)
        assert (":status", "400 the request has no :host") in reply.nv


def test_idle_connections_are_closed(site: Site, version: int) -> None:
    plain = tx.SPDYSite(site.root, plain_version=version, timeout=0.2)
    with site.listening(plain) as port:
        with RawClient(("127.0.0.1", port), version) as client, pytest.raises(ConnectionError):
            client.session.submit_request(0, [*REQUEST[:1], (":path", "/later"), *REQUEST[2:]])
            client.receive_until(client.end.closed)
            client.receive_until(lambda: False)
        assert client.end.frames(spdylay.GOAWAY)
        with RawClient(("127.0.0.1", port), version) as mute, pytest.raises(ConnectionError):
            mute.receive_until(lambda: False)


def test_http_on_the_same_port(site: Site, certificate: Certificate, private: Any) -> None:
    with site.listening(tx.SPDYSite(site.root), private.options()) as port:
        for protocols in (["http/1.1"], []):
            context = certificate.client_context()
            if protocols:
                context.set_alpn_protocols(protocols)
            connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
            for path, body in (("/hello", b"hello HTTP/1.1"), ("/later", b"at last")):
                connection.request("GET", path)
                response = connection.getresponse()
                assert response.read() == body
            connection.close()
        assert fetch(f"https://localhost:{port}/hello", context=certificate.client_context())[0].status == "200 OK"


def test_the_plain_port_announces_spdy(site: Site) -> None:
    with site.listening(tx.AnnouncingSite(site.root, 8443)) as port:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
        connection.request("GET", "/hello")
        response = connection.getresponse()
        assert response.read() == b"hello HTTP/1.1"
        expected = "8443:npn-spdy/3.1,8443:npn-spdy/3,8443:npn-spdy/2"
        assert response.getheader("alternate-protocol") == expected
        connection.close()


def test_client_certificates(site: Site, certificate: Certificate, private: Any) -> None:
    authority = ssl.Certificate.loadPEM(Path(certificate.cert_file).read_bytes())
    with site.listening(tx.SPDYSite(site.root), private.options(authority)) as port:
        context = certificate.client_context()
        context.load_cert_chain(*certificate)
        assert fetch(f"https://localhost:{port}/who", context=context)[0].body == b"localhost"
        with pytest.raises((tls.SSLError, OSError)):
            fetch(f"https://localhost:{port}/who", context=certificate.client_context())
    with site.listening(tx.SPDYSite(site.root), private.options()) as port:
        context = certificate.client_context()
        assert fetch(f"https://localhost:{port}/who", context=context)[0].body == b"nobody"
