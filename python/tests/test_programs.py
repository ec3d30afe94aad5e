"""The programs: fetch, serve and the examples, each in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .site import Certificate, fetch, readme_program, serving

ROOT = Path(__file__).parents[1]


def run(*command: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Runs a program of ours to its end."""
    return subprocess.run([sys.executable, *map(str, command)], capture_output=True, timeout=60, **options)


def run_fetch(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return run("-m", "spdylay.fetch", *arguments, **options)


@contextmanager
def running(*command: object, **options: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Runs a server of ours; its first line of output."""
    options.setdefault("stderr", subprocess.PIPE)
    process = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, **options)
    assert process.stdout
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "page.html").write_text("<h1>page</h1>")
    (folder / "big").write_bytes(os.urandom(3_000_000))
    (folder / "sub" / "index.html").write_text("index")
    (folder / ".hidden").write_text("hidden")
    (folder / "with space & more.txt").write_text("odd")
    (tmp_path / "outside").write_text("outside")
    (folder / "escape").symlink_to("/etc/hostname")
    return folder


@contextmanager
def serve(folder: Path, *arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with running("-m", "spdylay.serve", folder, "-p", 0, *arguments) as (process, line):
        match = re.fullmatch(r"serving (.*) at (https?)://127\.0\.0\.1:(\d+)/\n", line)
        assert match, line + (process.stderr.read() if process.stderr else "")
        yield process, f"{match[2]}://localhost:{match[3]}"


def test_serving_and_fetching_over_tls(folder: Path, certificate: Certificate, tmp_path: Path) -> None:
    with serve(folder, "--cert", certificate.cert_file, "--key", certificate.key_file, "-v") as (process, url):
        out = tmp_path / "out"
        out.mkdir()
        names = ["page.html", "big", "with%20space%20%26%20more.txt"]
        urls = [f"{url}/{name}" for name in names]
        result = run_fetch("--cafile", certificate.cert_file, "-O", out, "-s", *urls)
        assert (result.returncode, result.stdout) == (0, b"")
        for name in ("page.html", "big", "with space & more.txt"):
            assert (out / name).read_bytes() == (folder / name).read_bytes()
        assert re.search(rb"3 fetched, 0 failed, 3000016 bytes in .* requests/s", result.stderr)

        distrust = run_fetch(urls[0])
        assert distrust.returncode == 1
        assert b"not trusted" in distrust.stderr
        insecure = run_fetch("-k", urls[0])
        assert insecure.stdout == b"<h1>page</h1>"

        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0
        assert re.search(r'127\.0\.0\.1 "GET /big" 200 3000000 bytes', log)
        assert "4 requests, 0 errors, 3.0 MB sent" in log


@pytest.mark.parametrize("name", ["2", "3", "3.1"])
def test_serving_and_fetching_over_tcp(folder: Path, name: str) -> None:
    with serve(folder, "--no-tls", "--spdy", name) as (_, url):
        result = run_fetch("--spdy", name, "-i", url + "/page.html")
        assert (result.returncode, result.stdout) == (0, b"<h1>page</h1>")
        assert b"content-type: text/html" in result.stderr
        assert b":status: 200 OK" in result.stderr


def test_what_the_file_server_answers(folder: Path) -> None:
    with serve(folder, "--no-tls") as (_, url):
        paths = ["/", "/sub", "/sub/", "/.hidden", "/../outside", "/escape", "/%00", "/big", "/page.html"]
        responses = fetch([url + path for path in paths])
        by_path = dict(zip(paths, sorted(responses, key=lambda response: response.stream_id)))
        assert b'<a href="with%20space%20%26%20more.txt">with space &amp; more.txt</a>' in by_path["/"].body
        assert b"hidden" not in by_path["/"].body
        assert by_path["/sub"].status == "301 Moved Permanently"
        assert dict(by_path["/sub"].nv)["location"] == "/sub/"
        assert by_path["/sub/"].body == b"index"
        for path in ("/.hidden", "/../outside", "/escape", "/%00"):
            assert by_path[path].status == "404 Not Found", path
        assert len(by_path["/big"].body) == 3_000_000
        modified = dict(by_path["/page.html"].nv)["last-modified"]
        (unchanged,) = fetch(url + "/page.html", headers=[("if-modified-since", modified)])
        assert unchanged.status == "304 Not Modified"
        (head,) = fetch(url + "/big", method="HEAD")
        assert dict(head.nv)["content-length"] == "3000000"
        (unknown,) = fetch(url + "/big", method="DELETE")
        assert unknown.status.startswith("501 ")


def test_fetch_sends_bodies(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"x" * 1_000_000)
    with serving() as site:
        assert run_fetch("-T", upload, site.url).stdout == b"1000000"
        assert run_fetch("-d", "data", site.url).stdout == b"4"
        result = run_fetch("-H", "x-mine: yes", "-X", "GET", "-d", "", site.url + "/headers")
        assert b"x-mine=yes" in result.stdout


def test_fetch_says_what_went_wrong(tmp_path: Path) -> None:
    def complaint(*arguments: object) -> tuple[int, str]:
        result = run_fetch(*arguments)
        assert b"Traceback" not in result.stderr
        return result.returncode, result.stderr.decode()

    with serving() as site:
        assert complaint(site.url + "/missing")[0] == 1
        assert "the server answered 404" in complaint(site.url + "/missing")[1]
        assert "the stream was reset: INTERNAL_ERROR" in complaint("-n", site.url + "/half")[1]
        assert "No such file or directory: /nowhere/x" in complaint("-o", "/nowhere/x", site.url + "/hello")[1]
        assert "No such file or directory: /nowhere/x" in complaint("-T", "/nowhere/x", site.url + "/hello")[1]
        url = site.url.replace("http:", "https:")
        assert "no connection to localhost" in complaint("--timeout", 0.5, url)[1]
        closed = site.url
    assert complaint(closed) == (1, "error: Connection refused\n")
    assert "is no URL" in complaint("gopher://localhost")[1]
    assert "No such file or directory: /nowhere/ca" in complaint("--cafile", "/nowhere/ca", closed)[1]
    assert complaint()[0] == 2
    assert complaint("-o", tmp_path / "x", closed, closed)[0] == 2
    assert complaint("-H", "nonsense", closed)[0] == 2


def test_serve_says_what_went_wrong(tmp_path: Path) -> None:
    def complaint(*arguments: object) -> tuple[int, str]:
        result = run("-m", "spdylay.serve", *arguments)
        assert b"Traceback" not in result.stderr
        return result.returncode, result.stderr.decode()

    assert complaint(tmp_path / "missing", "--no-tls") == (
        1,
        f"error: No such file or directory: {tmp_path / 'missing'}\n",
    )
    assert complaint(__file__, "--no-tls")[1].startswith("error: Not a directory: ")
    assert "openssl req -x509" in complaint(tmp_path)[1]
    assert "No such file or directory: /nowhere/c" in complaint(tmp_path, "--cert", "/nowhere/c")[1]
    with serving() as site:
        assert complaint(tmp_path, "--no-tls", "-p", site.server_address[1]) == (1, "error: Address already in use\n")


def test_the_client_and_the_server_in_the_readme(tmp_path: Path, certificate: Certificate) -> None:
    client, server = readme_program("A client"), readme_program("A server")
    (tmp_path / "server.crt").write_bytes(Path(certificate.cert_file).read_bytes())
    (tmp_path / "server.key").write_bytes(Path(certificate.key_file).read_bytes())
    (tmp_path / "spdyclient.py").write_text(client)
    # The port that it names may be taken; and a test has to know when it listens.
    server = server.replace("3000", "0")
    server = server.replace("    server.start()", "    print(server.server_address[1], flush=True)\n    server.start()")
    (tmp_path / "spdyserv.py").write_text(server)
    environment = {**os.environ, "SSL_CERT_FILE": certificate.cert_file}
    with running("spdyserv.py", cwd=tmp_path) as (_, port):
        url = f"https://localhost:{int(port)}"
        result = run("spdyclient.py", url + "/", url + "/notfound", cwd=tmp_path, env=environment)
    text = result.stdout.decode()
    assert result.returncode == 0, result.stderr.decode()
    assert ":status: 200 OK" in text
    assert "<h1>Hello over SPDY</h1>" in text
    assert ":status: 404 Not Found" in text
    assert "Stream#1 closed" in text
    assert "Stream#3 closed" in text


def test_the_other_programs_in_the_readme() -> None:
    result = run("-c", readme_program("asyncio").replace("8080", "0"))
    assert result.stdout == b"200 b'echo'\n", result.stderr.decode()
    result = run("-c", readme_program("Sessions"))
    assert result.stdout == b"1 [(':status', '200 OK'), (':version', 'HTTP/1.1')]\n", result.stderr.decode()


def free_ports(count: int) -> list[int]:
    """Returns ports that nobody has at the moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def test_the_twisted_example(tmp_path: Path, certificate: Certificate) -> None:
    pytest.importorskip("twisted.web")
    (tmp_path / "file").write_text("a file")
    ports = free_ports(2)
    command = (ROOT / "examples" / "twisted_site.py", *certificate, *ports, "--files", tmp_path)
    with running(*command, stderr=subprocess.STDOUT) as (process, line):
        assert process.stdout
        while "AnnouncingSite starting" not in line:
            line = process.stdout.readline()
            assert line, "it did not start"
        url = f"https://localhost:{ports[0]}"
        urls = [url + path for path in ("/", "/countdown", "/files/file")]
        responses = fetch(urls, context=certificate.client_context())
    bodies = sorted(bytes(response.body) for response in responses)
    assert bodies == [b"5\n4\n3\n2\n1\n0\n", b"Hello 127.0.0.1, over SPDY/3.1.\n", b"a file"]
