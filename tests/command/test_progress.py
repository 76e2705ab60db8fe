"""What standard error says while the network is awaited, on trio's clock."""

import io
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from modtrace.command import progress
from modtrace.record.recorder import Recorder, Span


class Terminal(io.StringIO):
    def __init__(self, *, is_a_terminal: bool) -> None:
        super().__init__()
        self._is_a_terminal = is_a_terminal

    def isatty(self) -> bool:
        return self._is_a_terminal


def story(
    monkeypatch: pytest.MonkeyPatch, tell: Callable[[Recorder], Awaitable[None]], *, tty: bool, quiet: bool = False
) -> str:
    """What is written while ``tell`` (an async function of the recorder) happens; then the watcher is cancelled."""
    stream = Terminal(is_a_terminal=tty)
    monkeypatch.setattr(progress.sys, "stderr", stream)

    async def main() -> None:
        zero = trio.current_time()
        recorder = Recorder(now_ns=lambda: round((trio.current_time() - zero) * 1e9), sink=lambda event: None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(progress.watcher(is_quiet=quiet), recorder)
            await tell(recorder)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return stream.getvalue()


def waiting(recorder: Recorder, what: str, gives_up_s: float | None = 30.0) -> Span:
    span = recorder.span("tcp.connect", "x")
    span.waiting_for = (what, gives_up_s)
    return span


async def one_wait(recorder: Recorder, seconds: float) -> None:
    span = waiting(recorder, "an answer")
    await trio.sleep(seconds)
    span.close()
    await trio.sleep(1)


@pytest.mark.parametrize(("limit", "words"), [(30.0, "go would give up after 30 s"), (None, "go would wait for ever")])
def test_the_sentence_says_for_what_for_how_long_and_when_go_gives_up(limit: float | None, words: str) -> None:
    span = waiting(Recorder(now_ns=lambda: 10**9, sink=lambda event: None), "a SYN-ACK", limit)
    assert progress.sentence(span, 13_000_000_000) == f"tcp.connect: waiting 12 s for a SYN-ACK; {words}"


def test_a_strangers_text_cannot_steer_the_terminal() -> None:
    span = waiting(Recorder(now_ns=lambda: 0, sink=lambda event: None), "\x1b[2Jevil\r\n" + "x" * 1000)
    said = progress.sentence(span, 0)
    assert not any(char in said for char in "\x1b\r\n")
    assert len(said) < 300


@pytest.mark.parametrize("tty", [True, False])
def test_a_short_wait_says_nothing(tty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert story(monkeypatch, lambda recorder: one_wait(recorder, 0.9), tty=tty) == ""


@pytest.mark.parametrize("tty", [True, False])
def test_quiet_says_nothing(tty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert story(monkeypatch, lambda recorder: one_wait(recorder, 60), tty=tty, quiet=True) == ""


def test_a_log_gets_a_line_after_a_second_and_then_every_five(monkeypatch: pytest.MonkeyPatch) -> None:
    said = story(monkeypatch, lambda recorder: one_wait(recorder, 12.5), tty=False)
    assert [line.partition(" s for")[0] for line in said.splitlines()] == [
        f"modtrace: tcp.connect: waiting {seconds}" for seconds in (1, 6, 11)
    ]
    assert "\x1b" not in said


def test_a_log_gets_a_line_for_each_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(recorder: Recorder) -> None:
        await one_wait(recorder, 2)
        await one_wait(recorder, 2)

    assert len(story(monkeypatch, two, tty=False).splitlines()) == 2


def test_the_innermost_wait_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nested(recorder: Recorder) -> None:
        with waiting(recorder, "the outer"), waiting(recorder, "the inner"), recorder.span("dns.resolve", "busy"):
            await trio.sleep(2)

    said = story(monkeypatch, nested, tty=False)
    assert "the inner" in said
    assert "the outer" not in said


def test_a_terminal_gets_one_line_in_place_removed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    said = story(monkeypatch, lambda recorder: one_wait(recorder, 3.5), tty=True)
    assert "\n" not in said
    shown = said.split("\r\x1b[K")
    assert shown[0] == shown[-1] == ""
    assert {text.partition(" s for")[0] for text in shown[1:-1]} >= {
        f"tcp.connect: waiting {seconds}" for seconds in (1, 2, 3)
    }


def test_a_line_on_a_terminal_does_not_outlive_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cut_off(recorder: Recorder) -> None:
        waiting(recorder, "an answer")
        await trio.sleep(2)

    assert story(monkeypatch, cut_off, tty=True).endswith("\r\x1b[K")
