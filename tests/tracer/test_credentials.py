"""GOAUTH's commands: when each runs, what it is given, and what becomes of its answer. The oracle compares with go."""

import base64
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import trio
from tests.sim.credentials import ProgramWorld, carried, credentials, refusal
from tests.sim.http_servers import Bench, answers, run
from tests.sim.machine import Scripted

from modtrace.record.failures import StepFailed
from modtrace.record.redaction import MASK
from modtrace.tracer.credentials import Credentials
from modtrace.tracer.steps.client import Answered
from modtrace.tracer.steps.httptypes import Response
from modtrace.tracer.steps.transport import Transport

T = TypeVar("T")
NETRC = b"machine p.test login alice password s3cret-word\nmachine q.test:8443 login bob password hunter22\n"
ALICE = ("Authorization", "Basic " + base64.b64encode(b"alice:s3cret-word").decode())
HEAD_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def given(prefix: str, value: str) -> Scripted:
    return Scripted(f"https://{prefix}\n\nAuthorization: {value}\n\n")


def on_bench(main: Callable[[Bench], Awaitable[T]], *scripts, trust: list[Bench] | None = None) -> T:
    out: list[T] = []

    async def inside(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, *(scripts or (answers(HEAD_OK),)))
        if trust is not None:
            trust.append(bench)
        out.append(await main(bench))

    run(inside)
    return out[0]


def headers(of: Credentials, url: str = "https://p.test/m", *, after_401: bool = False) -> list[tuple[str, str]]:
    return on_bench(lambda bench: carried(of, bench, url, refusal() if after_401 else None))


# --- netrc and off -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://p.test/m/@v/list", [ALICE]),
        ("https://q.test:8443/x", [("Authorization", "Basic " + base64.b64encode(b"bob:hunter22").decode())]),
        ("https://q.test/x", []),
        ("https://other.test/", []),
        ("https://sub.p.test/", []),
        ("https://p.test:444/", []),
        ("https://me@p.test/", []),
    ],
)
def test_netrc_is_for_its_host_and_port_only(url: str, sent: list[tuple[str, str]]) -> None:
    assert headers(credentials("netrc", netrc=NETRC), url) == sent


@pytest.mark.parametrize("goauth", ["off", " off "])
def test_off_gives_nothing(goauth: str) -> None:
    assert headers(credentials(goauth, netrc=NETRC), after_401=True) == []


def test_every_password_is_masked_before_any_request() -> None:
    def main(bench: Bench) -> Awaitable[str]:
        async def inside() -> str:
            await carried(credentials("netrc", netrc=NETRC, redactor=bench.recorder.redactor), bench)
            return bench.recorder.redactor.text(f"a s3cret-word b {ALICE[1]} c hunter22")

        return inside()

    assert on_bench(main) == f"a {MASK} b Basic {MASK} c {MASK}"


# --- commands ------------------------------------------------------------------------------------------------------


def test_a_command_runs_once_without_arguments_and_again_with_the_url_and_the_answer() -> None:
    world = ProgramWorld({"helper": (Scripted(), given("p.test", "Bearer t"))})
    own = credentials("helper -x", world)

    async def main(bench: Bench) -> list[list[tuple[str, str]]]:
        async with Transport(bench.dial) as transport, own.opened():
            first = await own.headers_for("https://p.test/a", transport, parent=bench.root)
            again = await own.headers_for("https://p.test/b", transport, parent=bench.root)
            answer = refusal(401, ("A", "1"))
            late = await own.headers_for("https://p.test/b", transport, parent=bench.root, answer=answer)
            return [first, again, late]

    assert on_bench(main) == [[], [], [("Authorization", "Bearer t")]]
    assert [command.argv for command in world.ran] == [("helper", "-x"), ("helper", "-x", "https://p.test/b")]
    assert [command.stdin for command in world.ran] == [None, b"HTTP/2.0 401 Unauthorized\nA: 1\n\n"]
    assert world.ran[0].environ["GOAUTH"] == "helper -x"
    assert (world.ran[0].environ["GIT_TERMINAL_PROMPT"], world.ran[0].directory) == ("0", None)


def test_requests_that_begin_together_wait_for_one_first_run() -> None:
    world = ProgramWorld({"helper": Scripted("https://p.test\n\nA: 1\n\n", after_s=5)})
    own = credentials("helper", world)

    async def main(bench: Bench) -> list[tuple[float, object]]:
        seen: list[tuple[float, object]] = []
        async with Transport(bench.dial) as transport, own.opened(), trio.open_nursery() as nursery:

            async def one() -> None:
                found = await own.headers_for("https://p.test/a", transport, parent=bench.root)
                seen.append((trio.current_time(), found))

            nursery.start_soon(one)
            nursery.start_soon(one)
        return seen

    assert on_bench(main) == [(5, [("A", "1")])] * 2
    assert len(world.ran) == 1


def test_an_earlier_entry_overwrites_a_later_one_and_a_failing_one_is_passed_over() -> None:
    world = ProgramWorld(
        {
            "first": given("p.test", "1"),
            "second": given("p.test", "2"),
            "bad": Scripted("nothing that go can read"),
            "dead": Scripted(status=-9),
        }
    )
    assert headers(credentials("dead;first;bad;second;netrc;missing;'never closed", world, netrc=NETRC)) == [
        ("Authorization", "1")
    ]
    assert [command.argv[0] for command in world.ran] == ["second", "bad", "first", "dead"]


@pytest.mark.parametrize(
    ("goauth", "text"),
    [
        ("off;helper", "GOAUTH=off cannot be combined with other authentication commands (GOAUTH=off;helper)"),
        ("helper;", "GOAUTH encountered an empty command (GOAUTH=helper;)"),
        (
            "git /nowhere",
            "GOAUTH=git encountered an error; cannot stat /nowhere: stat /nowhere: no such file or directory",
        ),
        (
            "git /a-file",
            "GOAUTH=git dir method requires an absolute path to the git working directory, dir is not a directory",
        ),
    ],
)
def test_a_list_that_go_dies_of_ends_every_request(goauth: str, text: str) -> None:
    own = credentials(goauth, ProgramWorld({"helper": Scripted()}))
    for _ in range(2):
        failure = failed(own)
        assert (failure.cause, failure.go_text, failure.where) == (
            "config.goauth_invalid",
            text,
            "GOAUTH (environment)",
        )
        assert failure.details["is_fatal"]


def failed(own: Credentials):
    async def main(bench: Bench):
        async with Transport(bench.dial) as transport, own.opened():
            try:
                await own.headers_for("https://p.test/m", transport, parent=bench.root)
            except StepFailed as stopped:
                return stopped.failure
        raise AssertionError("it did not fail")

    return on_bench(main)


def test_a_command_without_an_end_is_a_hang_of_gos_and_is_not_run_again() -> None:
    world = ProgramWorld({"helper": Scripted(after_s=None)})
    own = credentials("helper", world)
    for _ in range(2):
        failure = failed(own)
        assert (failure.cause, failure.hangs, failure.go_text) == ("config.goauth_failed.stalled", True, None)
    assert len(world.ran) == 1


# --- git -----------------------------------------------------------------------------------------------------------

FILLED = Scripted("protocol=https\nhost=p.test\nusername=alice\npassword=s3cret-word\n")


def test_git_is_asked_after_a_4xx_only_in_its_directory() -> None:
    world = ProgramWorld({"git": FILLED})
    assert headers(credentials("git /repository", world)) == []
    assert world.ran == []
    assert headers(credentials("git /repository", world), after_401=True) == [ALICE]
    (asked,) = world.ran
    assert (asked.argv, asked.directory, asked.stdin) == (
        ("git", "credential", "fill"),
        "/repository",
        b"url=https://p.test/m\n",
    )
    assert asked.environ["PWD"] == "/repository"


def test_its_answer_is_tried_out_beside_the_fetch_and_cut_off_with_it() -> None:
    world = ProgramWorld({"git": FILLED})
    seen: list[bytes] = []
    benches: list[Bench] = []

    async def main(bench: Bench) -> None:
        own = credentials("git /repository", world)
        async with Transport(bench.dial) as transport, own.opened():
            await own.headers_for(
                "https://p.test/m", transport, parent=bench.root.child("module.mod", "m"), answer=refusal()
            )
            assert seen == []
            await trio.sleep(1)

    on_bench(main, answers(HEAD_OK, seen=seen), trust=benches)
    assert seen[0].startswith(b"HEAD / HTTP/1.1\r\nHost: p.test\r\n")
    assert [command.argv[-1] for command in world.ran] == ["fill", "approve"]
    assert (world.ran[1].directory, world.ran[1].stdin) == (None, FILLED.stdout.encode())
    started = next(event for event in benches[0].events if getattr(event, "phase", "") == "http.request")
    assert (started.parent, started.attributes["method"]) == (benches[0].root.id, "HEAD")


def test_what_still_runs_beside_the_fetch_is_cut_off_at_its_end() -> None:
    world = ProgramWorld({"git": FILLED})
    benches: list[Bench] = []

    async def main(bench: Bench) -> float:
        await carried(credentials("git /repository", world), bench, answer=refusal())
        return trio.current_time()

    assert on_bench(main, answers(), trust=benches) == 0  # a server that never answers
    assert [command.argv[-1] for command in world.ran] == ["fill"]
    assert all(span.outcome == "abandoned" for span in benches[0].closed("http.request"))


# --- what is told of a refusal -------------------------------------------------------------------------------------


def told(own: Credentials, url: str, sent: list[tuple[str, str]]) -> dict:
    async def main(bench: Bench) -> dict:
        await carried(own, bench, url)
        response = Response(head=refusal(), body=b"", body_bytes=0, decoded_bytes=0, connection=1, was_reused=False)
        return own.account(url, Answered(response, url, sent))

    return on_bench(main)


def test_a_refusal_tells_the_entry_whose_credentials_went_out() -> None:
    facts = told(credentials("netrc", netrc=NETRC), "https://p.test/m", [ALICE])
    assert (facts["from"], facts["key"], facts["sent"]) == ("netrc", "p.test", True)


def test_netrc_is_read_for_the_hint_although_goauth_does_not_list_it() -> None:
    world = ProgramWorld({"helper": Scripted()})
    facts = told(credentials("helper", world, netrc=NETRC), "https://p.test/m", [])
    assert (facts["why_none"], facts["near"]) == ("not_listed", "p.test")
