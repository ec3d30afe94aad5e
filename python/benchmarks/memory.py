"""Sessions that talk through memory, both in this process: what the protocol itself costs.

python memory.py spdylay|h2 requests|bytes: prints requests or MB per second.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import h2.config
import h2.connection
import h2.events

import spdylay

REQUESTS = 5000
AT_ONCE = 100
SMALL = bytes(1024)
BIG = 200_000_000
PIECE = bytes(65536)

BROWSER = [
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate"),
    ("cookie", "session=0123456789abcdef; theme=dark"),
]


class Source:
    """So many bytes, as a data provider."""

    def __init__(self, size: int) -> None:
        self.left = size

    @staticmethod
    def read(_session: Any, _stream_id: int, length: int, control: spdylay.ReadCtrl, self: Source) -> bytes:
        length = min(length, self.left)
        self.left -= length
        if not self.left:
            control.flags = spdylay.READ_EOF
        return PIECE[:length]


def with_spdylay(count: int, size: int) -> None:
    """Makes requests between two sessions of this package."""
    left, open_, received = count, count, 0

    def respond(session: spdylay.Session, stream_id: int) -> None:
        nv = [(":status", "200 OK"), (":version", "HTTP/1.1"), ("content-type", "text/plain")]
        session.submit_response(stream_id, nv, spdylay.DataProvider(Source(size), Source.read))

    def on_data(_session: spdylay.Session, _flags: int, _stream_id: int, data: bytes) -> None:
        nonlocal received
        received += len(data)

    def on_close(_session: spdylay.Session, _stream_id: int, _status_code: int) -> None:
        nonlocal open_
        open_ -= 1
        request()

    def request() -> None:
        nonlocal left
        if left:
            left -= 1
            nv = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":version", "HTTP/1.1"), (":host", "a")]
            client.submit_request(0, nv + BROWSER)

    version = spdylay.PROTO_SPDY3_1
    client = spdylay.Session(spdylay.CLIENT, version, on_data_chunk_recv_cb=on_data, on_stream_close_cb=on_close)
    server = spdylay.Session(spdylay.SERVER, version, on_request_recv_cb=respond)
    server.set_option(spdylay.OPT_MAX_DATA_PAYLOAD, 16384)
    for _ in range(min(AT_ONCE, count)):
        request()
    while open_:
        server.recv(client.data_to_send())
        client.recv(server.data_to_send())
    assert received == count * size


def with_h2(count: int, size: int) -> None:
    """Makes requests between two connections of h2."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    client.initiate_connection()
    server.initiate_connection()
    left, open_, received = count, count, 0
    sending: dict[int, int] = {}

    def request() -> None:
        nonlocal left
        if left:
            left -= 1
            nv = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "a")]
            client.send_headers(client.get_next_available_stream_id(), nv + BROWSER, end_stream=True)

    for _ in range(min(AT_ONCE, count)):
        request()
    while open_:
        for event in server.receive_data(client.data_to_send()):
            if isinstance(event, h2.events.RequestReceived):
                assert event.stream_id
                server.send_headers(event.stream_id, [(":status", "200"), ("content-type", "text/plain")])
                sending[event.stream_id] = size
        for stream_id in list(sending):
            while sending.get(stream_id):
                room = min(server.local_flow_control_window(stream_id), server.max_outbound_frame_size)
                if not room:
                    break
                length = min(room, sending[stream_id])
                sending[stream_id] -= length
                server.send_data(stream_id, PIECE[:length], end_stream=not sending[stream_id])
        sending = {stream_id: rest for stream_id, rest in sending.items() if rest}
        for event in client.receive_data(server.data_to_send()):
            if isinstance(event, h2.events.DataReceived):
                assert event.data is not None and event.flow_controlled_length is not None and event.stream_id
                received += len(event.data)
                client.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                open_ -= 1
                request()
    assert received == count * size


def main() -> None:
    run = {"spdylay": with_spdylay, "h2": with_h2}[sys.argv[1]]
    start = time.process_time()
    if sys.argv[2] == "requests":
        run(REQUESTS, len(SMALL))
        print(REQUESTS / (time.process_time() - start))
    else:
        run(1, BIG)
        print(BIG / 1e6 / (time.process_time() - start))


if __name__ == "__main__":
    main()
