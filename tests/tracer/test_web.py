"""web.Get of one run: who gets which headers, what is kept of a refusal, files, and the switch that forbids it all."""

import errno
from collections.abc import Awaitable, Callable

import pytest
import trio
from tests.sim.credentials import credentials
from tests.sim.host_world import HostWorld
from tests.sim.http_servers import Bench, answers, run

from modtrace.record.failures import StepFailed
from modtrace.tracer.web import Web

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NO = b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b"
NETRC = b"machine p.test login me password s3cret-word\n"


class Parts:
    """A web on a bench, with what it kept and what the server saw."""

    def __init__(self, bench: Bench, files: dict[str, bytes | OSError] | None = None, **more: bool) -> None:
        self.bench = bench
        self.kept: dict[str, bytes] = {}
        self.web = Web(
            bench.dial,
            patience_s=30,
            credentials=credentials("netrc", netrc=NETRC, redactor=bench.recorder.redactor),
            goproxy_headers=(("X-Own", "1"),),
            keep_response=self.kept.__setitem__,
            world=HostWorld(files=files),
            **more,
        )

    async def get(
        self,
        url: str = "https://p.test/x",
        limit: int = 100,
        *,
        sink: Callable[[bytes | memoryview], object] | None = None,
        is_goproxy: bool = False,
    ) -> bytes:
        """The body; a failure leaves the web's nursery before it is raised, as it does in a run."""
        outcome: bytes | StepFailed
        async with self.web.opened():
            try:
                outcome = await self.web.get_bytes(
                    url,
                    parent=self.bench.root,
                    source="s",
                    limit=limit,
                    limit_name="MODULE_INFO_BYTES",
                    sink=sink,
                    is_goproxy=is_goproxy,
                )
            except StepFailed as failed:
                outcome = failed
        if isinstance(outcome, StepFailed):
            raise outcome
        return outcome


def play(act: Callable[[Bench], Awaitable[None]], *replies: bytes, seen: list[bytes] | None = None) -> None:
    async def main(nursery: trio.Nursery) -> None:
        await act(Bench(nursery, answers(*replies, seen=seen)))

    run(main)


@pytest.mark.parametrize(
    ("url", "is_goproxy", "has_own", "has_credentials"),
    [
        ("https://p.test/x", True, True, True),
        ("https://p.test/x", False, False, True),
        ("http://p.test/x", True, True, False),
        ("https://q.test/x", True, True, False),
    ],
)
def test_ordered_headers_go_to_goproxy_and_credentials_to_their_https_host(
    url: str, is_goproxy: bool, has_own: bool, has_credentials: bool
) -> None:
    seen: list[bytes] = []

    async def act(bench: Bench) -> None:
        assert await Parts(bench).get(url, is_goproxy=is_goproxy) == b"ok"

    play(act, OK, seen=seen)
    assert (b"X-Own: 1\r\n" in seen[0]) is has_own
    assert (b"Authorization: Basic " in seen[0]) is has_credentials


def test_a_body_goes_to_its_sink() -> None:
    pieces: list[bytes] = []

    def keep(data: bytes | memoryview) -> None:
        pieces.append(bytes(data))

    async def act(bench: Bench) -> None:
        assert await Parts(bench).get(sink=keep) == b""

    play(act, OK)
    assert b"".join(pieces) == b"ok"


def test_a_body_over_its_limit_names_it() -> None:
    async def act(bench: Bench) -> None:
        with pytest.raises(StepFailed) as failed:
            await Parts(bench).get(limit=1)
        assert (failed.value.failure.cause, failed.value.failure.limit) == ("body.too_large", "MODULE_INFO_BYTES")

    play(act, OK)


def test_a_refusals_body_is_kept_without_the_secrets_that_it_repeats() -> None:
    body = b"dear s3cret-word, no"

    async def act(bench: Bench) -> None:
        parts = Parts(bench)
        with pytest.raises(StepFailed) as failed:
            await parts.get()
        assert failed.value.failure.cause == "http.server_error"
        assert parts.kept == {f"span-{bench.root.id}": b"dear xxxxx, no"}

    play(act, NO % (len(body), body))


def test_a_refusal_without_a_body_keeps_nothing() -> None:
    async def act(bench: Bench) -> None:
        parts = Parts(bench)
        with pytest.raises(StepFailed):
            await parts.get()
        assert parts.kept == {}

    play(act, NO % (0, b""))


def test_the_switch_forbids_the_network_and_not_files() -> None:
    async def act(bench: Bench) -> None:
        parts = Parts(bench, {"/tree/x": b"data"}, is_forbidden=True)
        with pytest.raises(StepFailed) as failed:
            await parts.get()
        assert failed.value.failure.cause == "config.goproxy_off"
        assert await parts.get("file:///tree/x") == b"data"
        assert bench.dials == []

    play(act)


def test_a_file_is_read_without_a_network() -> None:
    pieces: list[bytes] = []

    def keep(data: bytes | memoryview) -> None:
        pieces.append(bytes(data))

    async def act(bench: Bench) -> None:
        parts = Parts(bench, {"/tree/x": b"data", "/tree/locked": PermissionError(errno.EACCES, "Permission denied")})
        assert await parts.get("file:///tree/x") == b"data"
        assert await parts.get("file:///tree/x", sink=keep) == b""
        for path, is_missing in (("none", True), ("locked", False)):
            with pytest.raises(StepFailed) as failed:
                await parts.get(f"file:///tree/{path}")
            assert failed.value.failure.is_not_exist is is_missing
        with pytest.raises(StepFailed) as too_large:
            await parts.get("file:///tree/x", limit=3)
        assert too_large.value.failure.limit == "MODULE_INFO_BYTES"
        assert bench.dials == []

    play(act)
    assert pieces == [b"data"]


def test_a_url_that_go_refuses_is_refused_before_any_dial() -> None:
    async def act(bench: Bench) -> None:
        for url in ("ftp://p.test/x", "http://me:pw@p.test/x"):
            with pytest.raises(StepFailed):
                await Parts(bench).get(url)
        assert bench.dials == []

    play(act)


def test_shown_urls_have_no_password() -> None:
    assert Web.redacted("https://me:s3cret-word@p.test/x") == "https://me:xxxxx@p.test/x"
