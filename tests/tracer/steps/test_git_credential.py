"""git's helper asked and told: which answers count, and how often go tries one out."""

import pytest
import trio
from tests.sim.credentials import ProgramWorld
from tests.sim.http_servers import Bench, Script, answers, run
from tests.sim.machine import Scripted

from modtrace.gorules.goauth import parse_entry
from modtrace.record.events import encode
from modtrace.tracer.steps.auth_command import AuthCommandFailed
from modtrace.tracer.steps.git_credential import GitCredential, fill, validate
from modtrace.tracer.steps.transport import Transport

URL = "https://p.test/m/@v/list"
OUTPUT = "protocol=https\nhost=p.test\nusername=alice\npassword=s3cret-word\npassword_expiry_utc=1\n"
CREDENTIAL = GitCredential("https://p.test", (("Authorization", "Basic x"),), OUTPUT)


def filled(script: Scripted) -> tuple[GitCredential | str, list[bytes]]:
    out: list[GitCredential | str] = []
    written: list[bytes] = []

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery)
        command = parse_entry("git /repository", "git /repository")
        try:
            world = ProgramWorld({"git": script})
            out.append(await fill(command, URL, {}, world, parent=bench.root, patience_s=30))
        except AuthCommandFailed as failed:
            out.append(str(failed))
        written.extend(encode(event) for event in bench.events)

    run(main)
    return out[0], written


def test_an_answer_is_a_basic_credential_for_its_prefix_and_no_secret_is_recorded() -> None:
    found, written = filled(Scripted(OUTPUT))
    assert isinstance(found, GitCredential)
    assert (found.prefix, found.headers[0][0], found.output) == ("https://p.test", "Authorization", OUTPUT)
    assert not any(b"s3cret" in line for line in written)
    assert any(b'"prefixes":["https://p.test"]' in line for line in written)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Scripted("", "fatal: no\n", 128), "exit status 128: fatal: no"),
        (Scripted("username=a\npassword=b\n"), "'git credential fill' names no URL"),
        (
            Scripted("protocol=https\nhost=q.test\n"),
            "'git credential fill' provided one for https://q.test, which is not what was asked",
        ),
    ],
)
def test_an_answer_that_does_not_fit_gives_nothing(script: Scripted, words: str) -> None:
    assert filled(script)[0] == words


def validated(*scripts: Script) -> tuple[ProgramWorld, float]:
    world = ProgramWorld({"git": Scripted()})
    ended: list[float] = []

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, *scripts)
        async with Transport(bench.dial) as transport:
            await validate(CREDENTIAL, {}, world, transport, bench.root)
        ended.append(trio.current_time())

    run(main)
    return world, ended[0]


def status(code: int, *, length: int = 0) -> bytes:
    return f"HTTP/1.1 {code} X\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([200], "approve"),
        ([401], "reject"),
        ([404, 500, 200], "approve"),
        ([403, 401], "reject"),
        ([404, 404, 404], None),
        ([500, 503, 502], None),
    ],
)
def test_up_to_three_heads_decide_and_a_200_or_401_is_passed_on(codes: list[int], told: str | None) -> None:
    seen: list[bytes] = []
    world, _ = validated(answers(*(status(code, length=9) for code in codes), seen=seen))
    assert len(seen) == len(codes)
    assert all(b"Authorization: Basic x\r\n" in request and b"Accept-Encoding" not in request for request in seen)
    assert [command.argv for command in world.ran] == ([("git", "credential", told)] if told else [])
    assert all(command.stdin == OUTPUT.encode() for command in world.ran)


def test_a_server_that_goes_away_is_tried_three_times() -> None:
    seen: list[bytes] = []
    closing = answers(b"HTTP/1.1 nonsense\r\n\r\n", seen=seen)
    world, _ = validated(closing)
    assert (len(seen), world.ran) == (3, [])


def test_a_silent_server_is_not_asked_again_because_go_would_still_wait() -> None:
    world, ended = validated(answers())
    assert (world.ran, ended) == ([], 30.0)
