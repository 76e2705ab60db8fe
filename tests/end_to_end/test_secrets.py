"""Canaries in every place where a secret can enter: none comes out, in no file and no stream, in no encoding."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.end_to_end.ground import Done, Ground, ground, honest

from modtrace.lab.behaviour import Reply, redirect

pytestmark = pytest.mark.loopback

NETRC = "c4n4ry+netrc/pass"
USERINFO = "c4n4ry!userinfo"
HEADER = "c4n4ry-header-token-0123456789"
NETRC_FILE = f"machine {{a_host}}\nlogin alice\npassword {NETRC}\n"


def forms(secret: str, *users: str) -> set[bytes]:
    """Raw, percent-encoded, JSON-escaped, base64 alone and in a pair at every alignment, UTF-16."""
    found = {secret, quote(secret, safe=""), quote(secret), secret.replace("/", "\\/")}
    for text in (secret, *(f"{user}:{secret}" for user in users)):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found |= {encode(text.encode()).decode(), encode(text.encode()).decode().rstrip("=")}
    return {form.encode() for form in found} | {secret.encode("utf-16-le")}


def leaks(here: Ground, done: Done, secret: str, *users: str) -> list[str]:
    places = {"stdout": done.out.encode(), "stderr": done.err.encode()}
    for path in here.bundle.rglob("*"):
        places[str(path.relative_to(here.bundle))] = path.read_bytes() if path.is_file() else path.name.encode()
    return [f"{name}: {form!r}" for name, data in places.items() for form in forms(secret, *users) if form in data]


def saw(here: Ground, header: str) -> set[str | None]:
    assert here.live is not None
    return {request.header(header) for request in here.live.journal.requests}


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
@pytest.mark.parametrize("fault", ["none", "500", "echo", "loop"])
def test_a_password_of_netrc_is_sent_and_never_written(fault: str, options: tuple[str, ...], tmp_path: Path) -> None:
    faults = faults_of(fault, f"Basic {base64.b64encode(f'alice:{NETRC}'.encode()).decode()} {NETRC}")
    with ground(tmp_path, honest(tls=True, faults=faults), netrc=NETRC_FILE) as here:
        done = here.fetch(*options)
        assert any(value and value.startswith("Basic ") for value in saw(here, "authorization"))
        assert leaks(here, done, NETRC, "alice") == []


def faults_of(name: str, secret: str) -> dict[str, Reply]:
    """``echo``: an error page that repeats what it was sent, in its body, a header and the reason phrase."""
    if name == "500":
        return {"*.zip": Reply(status=500)}
    if name == "echo":
        body = f"you sent {secret}\n".encode()
        reply = Reply(
            status=403, reason=f"No {secret}", body=body, content_type="text/plain", headers=(("X-Echo", secret),)
        )
        return {"*.zip": reply}
    return {"*.zip": redirect("{a}/again?token=" + secret.replace(" ", "+"))} if name == "loop" else {}


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("fault", ["none", "500", "echo"])
def test_a_password_in_goproxy_is_sent_and_never_written(fault: str, options: tuple[str, ...], tmp_path: Path) -> None:
    faults = faults_of(fault, f"{base64.b64encode(f'bob:{USERINFO}'.encode()).decode()} {USERINFO}")
    with ground(tmp_path, honest(tls=True, faults=faults)) as here:
        url = here.words["a"].replace("://", f"://bob:{quote(USERINFO, safe='')}@")
        done = here.fetch(*options, env={"GOPROXY": url})
        assert any(value and value.startswith("Basic ") for value in saw(here, "authorization"))
        assert leaks(here, done, USERINFO, "bob") == []


def test_a_password_in_an_http_goproxy_is_refused_before_any_packet(tmp_path: Path) -> None:
    with ground(tmp_path, honest()) as here:
        url = here.words["a"].replace("://", f"://bob:{USERINFO}@")
        for options in ((), ("--json",)):
            done = here.fetch(*options, env={"GOPROXY": url})
            assert done.code == 2
            assert leaks(here, done, USERINFO, "bob") == []
        assert here.live is not None
        assert here.live.journal.connections == ()


@pytest.mark.parametrize("header", ["Authorization: Bearer {}", "X-Corp-Token: {}", "X-Custom: {}", "Cookie: a={}"])
@pytest.mark.parametrize("fault", ["none", "echo"])
def test_a_header_that_was_ordered_is_sent_and_never_written(header: str, fault: str, tmp_path: Path) -> None:
    with ground(tmp_path, honest(tls=True, faults=faults_of(fault, HEADER))) as here:
        done = here.fetch("--json", "--header", header.format(HEADER))
        name, _, value = header.format(HEADER).partition(": ")
        assert saw(here, name) == {value}
        assert leaks(here, done, HEADER) == []


def test_a_malformed_header_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        done = here.fetch("--header", f"Authorization {HEADER}")
        assert done.code == 2
        assert HEADER not in done.err


def test_proxy_passwords_in_the_environment_are_never_written(tmp_path: Path) -> None:
    proxy = f"http://carol:{USERINFO}@127.0.0.1:9"
    with ground(tmp_path, env={"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy}) as here:
        for options in ((), ("--json", "--force")):
            done = here.fetch(*options, env={"GOPROXY": "https://goproxy.example"})
            assert done.code == 1
            assert leaks(here, done, USERINFO, "carol") == []
