"""Other implementations at the other end: this project's C programs, and node's spdy."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import spdylay
from spdylay import aio
from spdylay.serve import FileServer

from .site import Certificate, Site, fetch, serving

HERE = Path(__file__).parent
PROGRAMS = Path(os.environ.get("SPDYLAY_PROGRAMS", HERE.parents[1] / "examples-c/build"))

needs_programs = pytest.mark.skipif(
    not all((PROGRAMS / name).exists() for name in ("spdyd", "spdycat")), reason=f"{PROGRAMS} has no spdyd and spdycat"
)


def has_node() -> bool:
    node = shutil.which("node")
    return bool(node) and subprocess.run(["node", "-e", "require('spdy')"], capture_output=True).returncode == 0


needs_node = pytest.mark.skipif(not has_node(), reason="node has no module spdy")

FLAGS = {2: "--spdy2", 3: "--spdy3", 4: "--spdy3-1"}
NAMES = {2: "2", 3: "3", 4: "3.1"}


# In SPDY/2 node waits for WINDOW_UPDATE, which that version does not have.
NODE_LIMIT = 60_000


@contextmanager
def running(*command: object) -> Iterator[str]:
    """Runs a server; its first line of output."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def run(*command: object) -> bytes:
    """Runs a client to its end; its output."""
    result = subprocess.run(list(map(str, command)), capture_output=True, timeout=60)
    assert result.returncode == 0, (command, result.stdout[-1000:], result.stderr[-3000:].decode())
    return result.stdout


@pytest.fixture(params=["TCP", "TLS"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to serve."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "big").write_bytes(os.urandom(5_000_000))
    for number in range(300):
        (folder / f"small-{number}").write_bytes(b"%d" % number * 100)
    return folder


class Reach:
    """A server of another implementation, and how to fetch from it."""

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.options = options


@pytest.fixture
def spdyd(folder: Path, version: int, transport: str, certificate: Certificate) -> Iterator[Reach]:
    command: list[object] = [PROGRAMS / "spdyd", "--bind", "127.0.0.1", "-d", folder]
    if transport == "TCP":
        command += ["--no-tls", FLAGS[version], 0]
        scheme, options = "http", {}
    else:
        command += [0, certificate.key_file, certificate.cert_file]
        scheme, options = "https", {"context": certificate.client_context()}
    with running(*command) as line:
        port = line.strip().rpartition(":")[2]
        yield Reach(f"{scheme}://localhost:{port}", version=version, **options)


@needs_programs
def test_urlfetch_from_spdyd(spdyd: Reach, folder: Path) -> None:
    names = ["big", *(f"small-{number}" for number in range(300))]
    responses = fetch([f"{spdyd.url}/{name}" for name in names], **spdyd.options)
    by_url = {response.url.rpartition("/")[2]: response for response in responses}
    for name in names:
        assert by_url[name].status == "200 OK"
        assert by_url[name].body == (folder / name).read_bytes()
    assert fetch(spdyd.url + "/missing", **spdyd.options)[0].status.startswith("404")


@needs_programs
def test_uploads_to_spdyd(spdyd: Reach) -> None:
    (response,) = fetch(spdyd.url + "/", method="POST", body=[b"x" * 100_000] * 30, **spdyd.options)
    digest = hashlib.sha256(b"x" * 3_000_000).hexdigest().encode()
    assert b"3000000" in response.body
    assert digest in response.body


@needs_programs
def test_asyncio_client_and_spdyd(spdyd: Reach, folder: Path) -> None:
    async def main() -> None:
        async def get(name: str) -> None:
            response = await connection.request("GET", "/" + name)
            assert await response.read() == (folder / name).read_bytes()

        async with await aio.connect(spdyd.url, **spdyd.options) as connection:
            await asyncio.gather(get("big"), get("big"), *(get(f"small-{number}") for number in range(50)))

    asyncio.run(asyncio.wait_for(main(), 60))


@contextmanager
def file_server(folder: Path, version: int, transport: str, certificate: Certificate) -> Iterator[str]:
    """Runs our file server; its URL."""
    tls: tuple[str, ...] = () if transport == "TCP" else certificate
    with FileServer(folder, ("127.0.0.1", 0), *tls, version=version) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"{'http' if transport == 'TCP' else 'https'}://localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(20)


def spdycat(version: int, transport: str, certificate: Certificate) -> list[object]:
    command: list[object] = [PROGRAMS / "spdycat", FLAGS[version]]
    return command + (["--no-tls"] if transport == "TCP" else ["--alpn", "--cafile", certificate.cert_file])


@needs_programs
def test_spdycat_and_the_file_server(
    folder: Path, version: int, transport: str, certificate: Certificate, tmp_path: Path
) -> None:
    names = ["big", *(f"small-{number}" for number in range(300))]
    with file_server(folder, version, transport, certificate) as url:
        out = tmp_path / "out"
        command = spdycat(version, transport, certificate)
        run(*command, "--output-dir", out, *(f"{url}/{name}" for name in names))
        for name in names:
            assert (out / name).read_bytes() == (folder / name).read_bytes()


@needs_programs
def test_spdycat_uploads_to_the_threaded_server(
    folder: Path, version: int, transport: str, certificate: Certificate
) -> None:
    options = {} if transport == "TCP" else dict(zip(("cert_file", "key_file"), certificate))
    with serving(version=version, **options) as site:
        command = spdycat(version, transport, certificate)
        assert run(*command, "-d", folder / "big", site.url + "/") == b"5000000"


@needs_programs
def test_spdycat_and_an_asyncio_server(version: int) -> None:
    async def handle(request: aio.ServerStream) -> None:
        request.start(200)
        for _ in range(100):
            await request.write(b"x" * 30_000)

    async def main() -> bytes:
        async with await aio.start_server(handle, "127.0.0.1", 0, version=version) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            command = (*spdycat(version, "TCP", Certificate("", "")), "-m", 5, url + "/")
            return await asyncio.get_running_loop().run_in_executor(None, lambda: run(*command))

    assert len(asyncio.run(asyncio.wait_for(main(), 60))) == 15_000_000


@needs_node
def test_urlfetch_from_node(version: int, certificate: Certificate) -> None:
    with running("node", "--no-deprecation", HERE / "node/server.js", *certificate) as port:
        url = f"https://localhost:{int(port)}"
        size = NODE_LIMIT if version == spdylay.PROTO_SPDY2 else 3_000_000
        options: dict[str, Any] = {"version": version, "context": certificate.client_context()}
        big, *small = fetch([f"{url}/bytes?{size}", *[url + "/"] * 90], **options)
        assert len(big.body) == size
        assert {bytes(response.body) for response in small} == {b"GET 0"}
        (posted,) = fetch(url + "/", method="POST", body=b"x" * 2_000_000, **options)
        assert posted.body == b"POST 2000000"


@needs_node
def test_node_and_the_threaded_server(version: int, transport: str, certificate: Certificate) -> None:
    options = {} if transport == "TCP" else dict(zip(("cert_file", "key_file"), certificate))
    with serving(version=version, **options) as site:
        assert node_posts(site, version, count=50, size=2000) == b"200\n"
        size = NODE_LIMIT if version == spdylay.PROTO_SPDY2 else 3_000_000
        assert node_posts(site, version, count=1, size=size) == b"%d\n" % len(str(size))


def node_posts(site: Site, version: int, count: int, size: int) -> bytes:
    return run("node", "--no-deprecation", HERE / "node/client.js", site.url + "/", NAMES[version], count, size)


@needs_programs
def test_a_peer_that_is_killed_in_the_middle(folder: Path, version: int, certificate: Certificate) -> None:
    with file_server(folder, version, "TCP", certificate) as url:
        (folder / "huge").write_bytes(bytes(200_000_000))
        command = [*spdycat(version, "TCP", certificate), "-o", "-", url + "/huge"]
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.read(100_000)
        process.kill()
        process.communicate()
        assert len(fetch(url + "/big", version=version)[0].body) == 5_000_000
    command = [PROGRAMS / "spdyd", "--bind", "127.0.0.1", "-d", folder, "--no-tls", FLAGS[version], "0"]
    server = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
    assert server.stdout
    match = re.search(r":(\d+)$", server.stdout.readline())
    assert match

    class KillingHandler(spdylay.BaseSPDYStreamHandler):
        def on_data(self, data: bytes) -> None:
            server.kill()

    with pytest.raises(ConnectionError):
        spdylay.urlfetch(f"http://localhost:{match[1]}/huge", KillingHandler, version=version, timeout=20)
    server.communicate()
