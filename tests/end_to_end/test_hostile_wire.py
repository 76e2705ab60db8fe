"""Hostile bytes below and around HTTP: TLS messages without end, floods of frames and of interim answers, drips."""

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.ground import ground
from tests.end_to_end.raw import Script, raw
from tests.end_to_end.test_hostile import fetched, finding

pytestmark = pytest.mark.loopback

ALERT_FREE = b"\x16\x03\x03"
SETTINGS, PING, HEADERS, CONTINUATION, DATA, PRIORITY, WINDOW_UPDATE, RST = 4, 6, 1, 9, 0, 2, 8, 3


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("!BHH", kind, 0x0303, len(body)) + body


def frame(kind: int, body: bytes = b"", *, flags: int = 0, stream: int = 0) -> bytes:
    return struct.pack("!I", len(body))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + body


def huge_handshake_message(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    yield record(22, b"\x02\xff\xff\xff" + bytes(16000))
    while True:
        yield record(22, bytes(16000))


def empty_records(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    while True:
        yield record(22, b"") * 100


def warning_alerts(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    while True:
        yield record(21, b"\x01\x5a") * 100


@pytest.mark.parametrize(
    ("script", "cause", "limit"),
    [
        (huge_handshake_message, "tls.oversized", {"TLS_HANDSHAKE_MESSAGE_BYTES"}),
        (empty_records, "tls.", None),
        (warning_alerts, "tls.", None),
    ],
)
def test_tls_without_an_end_is_cut_off(script: Script, cause: str, limit: set[str] | None, tmp_path: Path) -> None:
    with raw(tmp_path, script, has_tls=True) as base, ground(tmp_path / "g", goproxy=base) as here:
        done = fetched(here)
        found, limits = finding(done)
    assert found.startswith(cause)
    assert limit is None or limits == limit
    assert done.seconds < 9  # not go's ten seconds for a handshake that goes nowhere


def h2_opening(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    yield frame(SETTINGS)
    time.sleep(0.2)  # the request is on its way
    one.recv(65536)


def flood(*frames: bytes, before: bytes = b"") -> Script:
    def script(one: socket.socket) -> Iterator[bytes]:
        yield from h2_opening(one)
        one.setblocking(False)
        one.settimeout(20)
        if before:
            yield before
        while True:
            yield b"".join(frames) * 100

    return script


STATUS_200 = b"\x88"
H2_FLOODS = {
    "ping": flood(frame(PING, bytes(8))),
    "settings": flood(frame(SETTINGS)),
    "settings with values": flood(frame(SETTINGS, struct.pack("!HI", 3, 100))),
    "window updates": flood(frame(WINDOW_UPDATE, struct.pack("!I", 1))),
    "priority": flood(frame(PRIORITY, struct.pack("!IB", 0, 1), stream=1)),
    "unknown frames": flood(frame(0x42, bytes(8))),
    "empty data": flood(frame(DATA, stream=1), before=frame(HEADERS, STATUS_200, flags=4, stream=1)),
    "continuation": flood(
        frame(CONTINUATION, b"\x00\x01x\x7f\x80\x0f" + b"y" * 100, stream=1),
        before=frame(HEADERS, STATUS_200, stream=1),
    ),
    "empty continuation": flood(frame(CONTINUATION, stream=1), before=frame(HEADERS, STATUS_200, stream=1)),
    "interim answers": flood(frame(HEADERS, b"\x08\x03103", flags=4, stream=1)),
}


@pytest.mark.parametrize("kind", H2_FLOODS)
def test_a_flood_of_frames_is_cut_off(kind: str, tmp_path: Path) -> None:
    script = H2_FLOODS[kind]
    with raw(tmp_path, script, alpn="h2") as base, ground(tmp_path / "g", goproxy=base) as here:
        done = fetched(here, "lab.test/hello@v1.0.0", "--timeout", "15")
        found, _ = finding(done)
    assert found in ("http.h2_flood", "http.malformed")
    assert done.seconds < 14


def interim_flood(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100


def endless_status_line(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    yield b"HTTP/1.1 200 "
    while True:
        yield b"x" * 16000


def endless_chunk_extension(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"
    while True:
        yield b"x" * 16000


def endless_trailers(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    while True:
        yield b"X-Trailer: " + b"x" * 16000 + b"\r\n"


def one_byte_chunks(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield (b"1;" + b"e" * 60 + b"\r\nx\r\n") * 200


@pytest.mark.parametrize(
    "script", [interim_flood, endless_status_line, endless_chunk_extension, endless_trailers, one_byte_chunks]
)
def test_http1_without_an_end_is_cut_off(script: Script, tmp_path: Path) -> None:
    with raw(tmp_path, script) as base, ground(tmp_path / "g", goproxy=base) as here:
        done = fetched(here, "lab.test/hello@v1.0.0", "--timeout", "15")
        found, _ = finding(done)
    assert found.partition(".")[0] in ("http", "body")
    assert done.seconds < 14


def dripping_head(one: socket.socket) -> Iterator[bytes]:
    one.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\nX-Drip: " + b"x" * 1000:
        yield bytes([byte])
        time.sleep(0.2)


def test_a_head_that_drips_ends_by_patience_as_go_would_wait_on(tmp_path: Path) -> None:
    with raw(tmp_path, dripping_head) as base, ground(tmp_path / "g", goproxy=base) as here:
        done = here.fetch("--json", "--patience", "2", "--timeout", "12")
        found, _ = finding(done)
    assert found == "http.head_stalled"
    assert done.json["verdict"]["go"]["hangs"] is True
