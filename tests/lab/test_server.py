"""The lab's servers, spoken to by the standard library's HTTP client and by curl."""

import http.client
import shutil
import socket
import ssl  # noqa: TID251 - the standard library's client, as a stranger
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from modtrace.lab.authority import Authority, write_roots
from modtrace.lab.behaviour import Fault, Reply, html, redirect, text
from modtrace.lab.modules import Library, hello
from modtrace.lab.server import Live, Place, Server, running

pytestmark = pytest.mark.loopback
INFO, ZIP = "/lab.test/hello/@v/v1.0.0.info", "/lab.test/hello/@v/v1.0.0.zip"
HELLO = hello()
LAB = Authority()


def place(
    faults: Mapping[str, Reply | tuple[Reply, ...]] | None = None, *, name: str = "a", tls: bool = False
) -> Place:
    return Place(
        name=name,
        site=Library(HELLO).get,
        faults=faults or {},
        issued=LAB.leaf("localhost", "127.0.0.1") if tls else None,
    )


def get(live: Live, path: str, name: str = "a") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", live.ports[name], timeout=10)
    try:
        connection.request("GET", path, headers={"X-Order": "1"})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_it_serves_a_module_and_writes_it_down() -> None:
    with running(Server(places=(place(),))) as live:
        assert get(live, ZIP)[2] == HELLO.zip
        (request,) = live.journal.requests
    assert (request.method, request.target, request.protocol) == ("GET", ZIP, "HTTP/1.1")
    assert [name for name, _ in request.headers] == ["Host", "Accept-Encoding", "X-Order"]
    assert request.status == 200
    assert request.answered_s is not None
    assert request.answered_s >= request.at_s


def test_one_connection_carries_many_requests() -> None:
    with running(Server(places=(place(),))) as live:
        connection = http.client.HTTPConnection("127.0.0.1", live.ports["a"], timeout=10)
        for _ in range(3):
            connection.request("GET", INFO)
            assert connection.getresponse().read() == HELLO.info
        connection.close()
        assert len(live.journal.connections) == 1


def test_tls_with_alpn_and_a_name_is_written_down(tmp_path: Path) -> None:
    roots = write_roots(LAB, tmp_path)
    with running(Server(places=(place(tls=True),))) as live:
        context = ssl.create_default_context(cafile=str(roots))
        context.set_alpn_protocols(["http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", live.ports["a"]), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(f"GET {INFO} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            assert secure.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
        (connection,) = live.journal.connections
    assert (connection.sni, connection.alpn, connection.failure) == ("localhost", "http/1.1", None)


def test_a_refused_certificate_is_written_down() -> None:
    with running(Server(places=(place(tls=True),))) as live:
        context = ssl.create_default_context(cadata=_other_root())
        with (
            socket.create_connection(("127.0.0.1", live.ports["a"]), timeout=10) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(plain, server_hostname="localhost")
        _eventually(lambda: live.journal.connections[0].failure is not None)
        assert live.journal.connections[0].sni == "localhost"


def test_refusals_pages_and_redirects() -> None:
    faults = {"/403": text(403, "no"), "/page": html(), "/away": redirect("{b}/there"), "/nowhere": redirect(None)}
    with running(Server(places=(place(faults), place(name="b")))) as live:
        assert get(live, "/403")[::2] == (403, b"no")
        assert get(live, "/page")[1]["Content-Type"].startswith("text/html")
        assert get(live, "/away")[1]["Location"] == live.url("b") + "/there"
        assert "Location" not in get(live, "/nowhere")[1]


def test_the_nth_request_gets_the_nth_reply_and_then_the_last() -> None:
    with running(Server(places=(place({"*.info": (text(500), Reply())}),))) as live:
        assert [get(live, INFO)[0] for _ in range(3)] == [500, 200, 200]


def test_a_reply_for_the_unauthorized_only() -> None:
    with running(Server(places=(place({"*": Reply(status=401, unless_authorized=True)}),))) as live:
        assert get(live, INFO)[0] == 401
        raw = _raw(live, f"GET {INFO} HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\n\r\n", until=b"\r\n\r\n")
        assert raw.startswith(b"HTTP/1.1 200")


def test_faults_on_the_wire() -> None:
    ask = f"GET {INFO} HTTP/1.1\r\nHost: a\r\n\r\n"
    head_and_5 = Reply(fault="cut_in_body", after_bytes=5)
    with running(Server(places=(place({"*.info": head_and_5}),))) as live:
        assert _raw(live, ask).endswith(b"\r\n\r\n" + HELLO.info[:5])
    with running(Server(places=(place({"*.info": Reply(fault="close_before_head")}),))) as live:
        assert _raw(live, ask) == b""
    reset = Server(places=(place({"*.info": Reply(fault="reset_before_head")}),))
    with running(reset) as live, pytest.raises(ConnectionResetError):
        _raw(live, ask)
    with running(Server(places=(place({"*.info": Reply(content_length=9)}),))) as live:
        assert b"Content-Length: 9\r\n" in _raw(live, ask)
    with running(Server(places=(place({"*.info": Reply(drip_bytes=3, drip_s=0.001)}),))) as live:
        assert _raw(live, ask, until=HELLO.info).endswith(HELLO.info)


def test_a_stall_ends_with_the_client() -> None:
    with running(Server(places=(place({"*.info": Reply(fault="stall_before_head")}),))) as live:
        with pytest.raises(TimeoutError):
            _raw(live, f"GET {INFO} HTTP/1.1\r\nHost: a\r\n\r\n", timeout_s=0.3)
        assert live.journal.requests[0].answered_s is None


@pytest.mark.parametrize("fault", ["endless_headers", "endless_body"])
def test_endless_headers_and_bodies_go_on(fault: Fault) -> None:
    with running(Server(places=(place({"*": Reply(status=200, fault=fault)}),))) as live:
        raw = _raw(live, f"GET {INFO} HTTP/1.1\r\nHost: a\r\n\r\n", at_most=1 << 20)
    assert len(raw) >= 1 << 20


def test_what_is_no_http_gets_400() -> None:
    with running(Server(places=(place(),))) as live:
        assert _raw(live, "\x16\x03\x01\x02\x00\x01\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_gzip_length_none_and_a_database() -> None:
    place_ = Place(
        name="a",
        databases={"/sumdb/sum.test": lambda path: (200, path.encode())},
        site=Library(HELLO).get,
        faults={"*.info": Reply(gzip=True, content_length="none")},
    )
    with running(Server(places=(place_,))) as live:
        _, headers, body = get(live, INFO)
        assert headers["Content-Encoding"] == "gzip"
        assert "Content-Length" not in headers
        assert body.startswith(b"\x1f\x8b")
        assert get(live, "/sumdb/sum.test/supported")[2] == b"/supported"


def test_too_many_connections_are_closed_unserved() -> None:
    with running(Server(places=(place(),), connections=1)) as live:
        get(live, INFO)
        with pytest.raises(ConnectionResetError):
            get(live, INFO)


@pytest.mark.parametrize("protocol", ["--http1.1", "--http2"])
def test_curl_gets_the_zip(protocol: str, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("needs curl")
    roots = write_roots(LAB, tmp_path)
    with running(Server(places=(place(tls=True),))) as live:
        command = [curl, "-sS", "--noproxy", "*", protocol, "--cacert", str(roots), live.url("a") + ZIP]
        done = subprocess.run(command, capture_output=True, timeout=20, check=True)
        assert done.stdout == HELLO.zip
        assert live.journal.requests[0].protocol == ("HTTP/2" if protocol == "--http2" else "HTTP/1.1")


def _raw(live: Live, ask: str, *, until: bytes | None = None, timeout_s: float = 10.0, at_most: int = 1 << 24) -> bytes:
    with socket.create_connection(("127.0.0.1", live.ports["a"]), timeout=timeout_s) as one:
        one.sendall(ask.encode("latin-1"))
        got = b""
        while data := one.recv(65536):
            got += data
            if len(got) >= at_most or (until is not None and until in got):
                break
        return got


def _other_root() -> bytes:
    return Authority().root.public_bytes(Encoding.DER)


def _eventually(claim: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.01)
