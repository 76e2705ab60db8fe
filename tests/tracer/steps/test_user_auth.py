"""A GOAUTH command of the user's own: what it is given, what is recorded of its answer, and what is not."""

import pytest
import trio
from tests.sim.credentials import ProgramWorld, refusal
from tests.sim.machine import Scripted
from tests.tracer.bench import Bench

from modtrace.gorules.goauth import Headers, parse_entry
from modtrace.record.events import encode
from modtrace.record.limits import GOAUTH_PREFIXES_SHOWN_COUNT
from modtrace.tracer.steps.auth_command import AuthCommandFailed
from modtrace.tracer.steps.httptypes import ResponseHead
from modtrace.tracer.steps.user_auth import ask_user_auth

OUTPUT = "https://a.test\nhttps://me:pw0rd@b.test/x\n\nAuthorization: Bearer t0k3n\nX-Two: 2\n\n"


def asked(
    output: str, *, text: str = "helper", url: str = "", answer: ResponseHead | None = None
) -> tuple[dict[str, Headers] | str, Bench, ProgramWorld]:
    bench, world = Bench(), ProgramWorld({"helper": Scripted(output)})
    out: list[dict[str, Headers] | str] = []

    async def main() -> None:
        try:
            found = await ask_user_auth(
                parse_entry(text, text), url, answer, {"A": "1"}, world, parent=bench.root, patience_s=30
            )
            out.append(found)
        except AuthCommandFailed as failed:
            out.append(str(failed))

    trio.run(main)
    return out[0], bench, world


def test_the_first_run_reads_nothing_and_the_second_the_refusal_without_what_the_transport_took() -> None:
    _, _, world = asked("")
    answer = refusal(401, ("Www-Authenticate", "Basic"), ("Trailer", "X"))
    _, _, later = asked("", url="https://a.test/m", answer=answer)
    assert (world.ran[0].argv, world.ran[0].stdin, world.ran[0].environ) == (("helper",), None, {"A": "1"})
    assert later.ran[0].argv == ("helper", "https://a.test/m")
    assert later.ran[0].stdin == b"HTTP/2.0 401 Unauthorized\nWww-Authenticate: Basic\n\n"


def test_prefixes_and_names_are_recorded_and_no_value() -> None:
    found, bench, _ = asked(OUTPUT)
    assert isinstance(found, dict)
    assert list(found) == ["a.test", "me:pw0rd@b.test/x"]
    (span,) = bench.closed("config.goauth")
    assert span.attributes["prefixes_count"] == 2
    assert span.attributes["header_names"] == ["Authorization", "X-Two"]
    written = b"".join(encode(event) for event in bench.events)
    assert b"t0k3n" not in written
    assert b"pw0rd" not in written
    assert bench.recorder.redactor.header("X-Two", "2") == "xxxxx"


def test_only_so_many_prefixes_are_shown() -> None:
    many = "".join(f"https://h{number}.test\n" for number in range(50)) + "\nA: 1\n\n"
    _, bench, _ = asked(many)
    (span,) = bench.closed("config.goauth")
    shown = span.attributes["prefixes"]
    assert isinstance(shown, list)
    assert (len(shown), span.attributes["prefixes_count"]) == (GOAUTH_PREFIXES_SHOWN_COUNT, 50)


@pytest.mark.parametrize(
    ("output", "text", "words"),
    [
        ("a.test\n\nA: 1\n\n", "helper", "a line that should be a URL is none"),
        ("https://a.test\n", "helper", "invalid format: missing empty line after URLs"),
        ("", "helper 'x", "cannot parse GOAUTH command helper 'x: unterminated ' string"),
    ],
)
def test_what_go_cannot_read_gives_nothing(output: str, text: str, words: str) -> None:
    assert asked(output, text=text)[0] == words
