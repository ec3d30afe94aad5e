"""Commands that run in a pod."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import spdylay
from spdylay import kube
from spdylay.kube import _connection, _status

from .kube_peers import Peer, running
from .site import Certificate, readme_program


@pytest.fixture(scope="module", params=["kubestream", "moby"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with running(request.param) as peer:
        yield peer


@pytest.mark.parametrize("code", [0, 1, 3, 42, 137, 255])
def test_exit_codes(peer: Peer, code: int) -> None:
    with peer.exec("sh", "-c", f"exit {code}") as process:
        assert process.wait(20) == code
        assert process.returncode == code
        assert process.protocol == "v5.channel.k8s.io"


def test_output_and_errors_come_apart(peer: Peer) -> None:
    script = "for i in 1 2 3 4 5; do head -c 200000 /dev/zero; head -c 200000 /dev/zero | tr '\\0' e >&2; done; exit 7"
    with peer.exec("sh", "-c", script) as process:
        assert process.communicate() == (bytes(1_000_000), b"e" * 1_000_000)
        assert process.wait() == 7


def test_streams_that_are_not_asked_for_are_not_there(peer: Peer) -> None:
    with peer.exec("sh", "-c", "echo out", stderr=False) as process:
        assert process.stdin is None
        assert process.stderr is None
        assert process.stdout
        assert process.stdout.readline() == b"out\n"


def test_much_input_comes_back(peer: Peer) -> None:
    data = os.urandom(20_000_000)
    with peer.exec("cat", stdin=True) as process:
        output, errors = process.communicate(data)
    assert hashlib.sha256(output).digest() == hashlib.sha256(data).digest()
    assert not errors


def test_a_dialogue(peer: Peer) -> None:
    with peer.exec("cat", stdin=True) as process:
        assert process.stdin
        assert process.stdout
        for line in (b"one\n", b"two\n", b"x" * 100_000 + b"\n"):
            process.stdin.write(line)
            assert process.stdout.readline() == line
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(20) == 0


def test_input_without_a_byte(peer: Peer) -> None:
    with peer.exec("wc", "-c", stdin=True) as process:
        assert process.communicate()[0].strip() == b"0"


def test_arguments_arrive_as_they_are(peer: Peer) -> None:
    arguments = ["a b", "&x=y", "ä+%41", "", "'\"", "#?"]
    with peer.exec("printf", "<%s>", *arguments) as process:
        assert process.communicate()[0].decode() == "".join(f"<{argument}>" for argument in arguments)


def test_a_command_that_does_not_read_holds_its_writer_up(peer: Peer) -> None:
    ended = threading.Event()

    def write() -> None:
        assert process.stdin
        with pytest.raises(ConnectionError):
            while True:
                process.stdin.write(bytes(1_000_000))
                written.append(1)
        ended.set()

    written: list[int] = []
    with peer.exec("sleep", "60", stdin=True) as process:
        thread = threading.Thread(target=write)
        thread.start()
        with pytest.raises(TimeoutError):
            process.wait(0.5)
    assert ended.wait(20)
    thread.join()
    assert len(written) < 50


def test_a_reader_that_does_not_read_holds_the_command_up(peer: Peer) -> None:
    with peer.exec("cat", "/dev/zero") as process:
        assert process.stdout
        stream = process.stdout.raw._stream  # type: ignore[attr-defined]
        assert process.stdout.read(100_000) == bytes(100_000)
        with pytest.raises(TimeoutError):
            process.wait(0.5)
        assert stream.unread < 3 * 2**20
        assert process.stdout.read(5_000_000) == bytes(5_000_000)


def test_a_command_that_is_not_there(peer: Peer) -> None:
    with peer.exec("/no/such/command") as process, pytest.raises(kube.CommandError, match="/no/such/command"):
        process.wait(20)
    assert process.returncode is None


def test_many_commands_at_once(peer: Peer) -> None:
    processes = [peer.exec("sh", "-c", f"echo {number}; exit {number}") for number in range(20)]
    for number, process in enumerate(processes):
        with process:
            assert process.communicate() == (b"%d\n" % number, b"")
            assert process.wait() == number
    assert not [thread for thread in threading.enumerate() if thread.name == "spdylay.kube"]


def test_a_server_that_is_killed(peer: Peer) -> None:
    with running(peer.kind) as victim, victim.exec("cat", "/dev/zero") as process:
        assert process.stdout
        process.stdout.read(1_000_000)
        victim.process.kill()
        with pytest.raises(ConnectionError):
            process.stdout.read()
        with pytest.raises(ConnectionError):
            process.wait(20)


@pytest.mark.parametrize("ending", ["fin", "reset", "goaway", "close"])
def test_ways_to_end_a_command(ending: str) -> None:
    with running("moby", "-ending", ending) as peer:
        for _ in range(5):
            with peer.exec("sh", "-c", "head -c 300000 /dev/zero; exit 9") as process:
                assert process.communicate() == (bytes(300_000), b"")
                assert process.wait() == 9
    # Here success is silence.
    with running("moby", "-ending", ending, "-protocol", "v2.channel.k8s.io") as peer:
        for _ in range(5):
            with peer.exec("head", "-c", "300000", "/dev/zero") as process:
                if ending == "close":
                    with pytest.raises(ConnectionError):
                        process.communicate()
                else:
                    assert process.communicate() == (bytes(300_000), b"")


def test_a_server_that_does_not_tell_how_the_command_ended() -> None:
    with running("moby", "-ending", "abort") as peer, peer.exec("true") as process, pytest.raises(ConnectionError):
        process.wait(20)


def test_each_stream_is_opened_after_the_reply_to_the_one_before() -> None:
    with running("moby", "-delay", "100ms") as peer:
        with peer.exec("cat", stdin=True) as process:
            assert process.communicate(b"hello") == (b"hello", b"")
        assert "TOO EARLY" not in peer.complaints()


def test_a_server_that_takes_too_long_to_answer() -> None:
    with running("moby", "-delay", "10s") as peer, pytest.raises(TimeoutError, match="did not accept"):
        kube.Pod(peer.url, "demo", timeout=0.2).exec(["true"])


@pytest.mark.parametrize("protocol", ["v5", "v4", "v3", "v2"])
def test_versions(protocol: str) -> None:
    name = protocol + ".channel.k8s.io"
    with running("kubestream", "--protocol", name) as peer:
        with peer.exec("echo", "hello") as process:
            assert process.protocol == name
            assert process.communicate() == (b"hello\n", b"")
        with peer.exec("sh", "-c", "exit 5") as process:
            # The older ones have no exit codes, only text.
            if protocol in ("v5", "v4"):
                assert process.wait(20) == 5
            else:
                with pytest.raises(kube.CommandError, match="5"):
                    process.wait(20)
        with peer.exec("sleep", "60", tty=True) as process:
            if protocol == "v2":
                with pytest.raises(spdylay.InvalidArgumentError, match="no terminal"):
                    process.resize(80, 24)
            else:
                process.resize(80, 24)


def test_a_terminal() -> None:
    script = (
        "until [ \"$(stty size)\" = '30 100' ]; do sleep 0.01; done; tty >/dev/null && echo yes; read line; echo $line"
    )
    with running("kubestream") as peer, peer.exec("sh", "-c", script, stdin=True, tty=True) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr is None
        process.resize(100, 30)
        assert process.stdout.readline() == b"yes\r\n"
        process.stdin.write(b"typed\n")
        assert process.stdout.read() == b"typed\r\ntyped\r\n"
        assert process.wait(20) == 0


def test_attaching() -> None:
    main = "while read line; do echo got $line; done"
    with running("kubestream", "--main", main) as peer, peer.pod().attach(stdin=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"it\n")
        assert process.stdout.readline() == b"got it\n"


def test_the_url_of_a_container_runtime() -> None:
    with running("kubestream", "--admin", 0) as peer:
        url = peer.token("exec", command=["cat"], stdin=True, stdout=True, stderr=True)
        with kube.exec(url, stdin=True, timeout=20) as process:
            assert process.communicate(b"hello") == (b"hello", b"")
            assert process.wait() == 0
        with pytest.raises(kube.UpgradeError) as caught:
            kube.exec(url, timeout=20)
        assert caught.value.status == 404


def test_tls_tokens_and_client_certificates(certificate: Certificate) -> None:
    options = ("-cert", certificate.cert_file, "-key", certificate.key_file, "-clients", certificate.cert_file)
    with running("moby", *options, "-token", "secret") as peer:
        peer.scheme = "https"
        with pytest.raises(OSError, match="certificate"):
            peer.exec("true")
        context = certificate.client_context()
        context.load_cert_chain(*certificate)
        peer.options = {"context": context}
        with pytest.raises(kube.UpgradeError, match="who are you") as caught:
            peer.exec("true")
        assert caught.value.status == 401
        peer.options["token"] = "secret"
        data = os.urandom(3_000_000)
        with peer.exec("cat", stdin=True) as process:
            assert process.communicate(data) == (data, b"")


def test_the_program_in_the_readme(certificate: Certificate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    subprocess.run(["tar", "cf", "files.tar", "file"], cwd=tmp_path, check=True, timeout=20)
    (tmp_path / "out").mkdir()
    (tmp_path / "token").write_text("secret")
    (tmp_path / "ca.crt").write_text(Path(certificate.cert_file).read_text())
    options = ("--cert", certificate.cert_file, "--key", certificate.key_file, "--pod", "web-0")
    with running("kubestream", *options) as peer:
        program = readme_program("Kubernetes")
        program = program.replace("/var/run/secrets/kubernetes.io/serviceaccount", str(tmp_path))
        program = program.replace("https://kubernetes.default.svc", f"https://localhost:{peer.port}")
        program = program.replace('"/tmp"', repr(str(tmp_path / "out")))
        command = [sys.executable, "-c", program]
        result = subprocess.run(command, cwd=tmp_path, input=b"\n", capture_output=True, check=True, timeout=60)
    assert result.stdout.startswith(b"0\nport 8080 of the pod is at ('127.0.0.1', ")
    assert (tmp_path / "out/file").read_text() == "content"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (b'{"status":"Success"}', 0),
        (b'{"status":"Succ', None),
        (b'{"status":"Failure","message":"no such container","reason":"InternalError"}', "no such container"),
        (b'{"status":"Failure"}', "gave no reason"),
        (b'{"status":"Perhaps"}', "broke the protocol"),
        (b"[]", "broke the protocol"),
        (b'{"status":"Failure","reason":"NonZeroExitCode"}', "without its exit code"),
        (
            b'{"status":"Failure","reason":"NonZeroExitCode",'
            b'"details":{"causes":[{"reason":"Other","message":"x"},{"reason":"ExitCode","message":"12"}]}}',
            12,
        ),
        (
            b'{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"0"}]}}',
            "without its exit code",
        ),
    ],
)
def test_reading_a_status(text: bytes, outcome: object) -> None:
    parsed = _status.parse(text)
    if isinstance(outcome, str):
        assert isinstance(parsed, kube.CommandError)
        assert outcome in str(parsed)
    else:
        assert parsed == outcome


def test_an_idle_connection_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "KEEP_ALIVE", 0.05)
    with running("kubestream") as peer, peer.exec("sleep", "60") as process:
        with pytest.raises(TimeoutError):
            process.wait(0.5)
        with process._connection.lock:
            assert process._connection.session.get_ping_rtt() is not None
