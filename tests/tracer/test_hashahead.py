"""The thread that hashes while bytes arrive: what it knows at the end, when it keeps out of the way, how it ends."""

import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modtrace.lab.modules import zip_of
from modtrace.tracer.hashahead import HashAhead
from modtrace.tracer.wire.zipahead import ZipAhead
from modtrace.tracer.world.bundle import ScratchFile

BODY = zip_of((f"m@v/{number}", random.Random(number).randbytes(300_000)) for number in range(5))
PIECE = 50_000


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[ScratchFile]:
    file = ScratchFile(tmp_path / "scratch")
    yield file
    file.close()
    assert not threads()


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "modtrace-hash-ahead"]


class Clock:
    """``step_ns`` pass at each look."""

    def __init__(self, step_ns: int) -> None:
        self.now = 0
        self.step_ns = step_ns

    def __call__(self) -> int:
        self.now += self.step_ns
        return self.now


SLOW, FAST = Clock(10_000_000), Clock(1_000)  # 50 kB in 10 ms, in 1 us


def write(ahead: HashAhead, body: bytes) -> None:
    for at in range(0, len(body), PIECE):
        ahead.write(memoryview(body)[at : at + PIECE])


def all_of(body: bytes) -> object:
    whole = ZipAhead()
    whole.feed(body)
    return whole.known


def test_all_contents_are_known_when_the_file_is_complete(scratch: ScratchFile) -> None:
    ahead = HashAhead(scratch, SLOW)
    ahead.restart()
    write(ahead, BODY)
    assert threads()
    assert ahead.finish() == all_of(BODY)
    assert len(ahead.finish()) == 5
    scratch.file.seek(0)
    assert scratch.file.read() == BODY
    ahead.stop()


@pytest.mark.parametrize(("clock", "size"), [(FAST, len(BODY)), (SLOW, 200_000)], ids=["too fast", "too small"])
def test_there_is_no_thread_where_it_would_not_pay(clock: Clock, size: int, scratch: ScratchFile) -> None:
    ahead = HashAhead(scratch, clock)
    ahead.restart()
    write(ahead, BODY[:size])
    assert not threads()
    assert ahead.finish() == {}
    ahead.stop()


def test_what_came_too_fast_in_the_end_is_made_up_for(scratch: ScratchFile) -> None:
    clock = Clock(10_000_000)
    ahead = HashAhead(scratch, clock)
    ahead.restart()
    write(ahead, BODY[:500_000])
    clock.now, clock.step_ns = 0, 0
    write(ahead, BODY[500_000:])
    assert ahead.finish() == all_of(BODY)


def test_another_sources_beginning_is_forgotten(scratch: ScratchFile) -> None:
    ahead = HashAhead(scratch, SLOW)
    ahead.restart()
    write(ahead, b"PK" + bytes(700_000))
    ahead.restart()
    assert not threads()
    write(ahead, BODY)
    assert ahead.finish() == all_of(BODY)
    assert os.fstat(scratch.file.fileno()).st_size == len(BODY)


def test_a_stop_in_the_middle_leaves_no_thread(scratch: ScratchFile) -> None:
    ahead = HashAhead(scratch, SLOW)
    ahead.restart()
    write(ahead, BODY[:900_000])
    ahead.stop()
    ahead.stop()
    assert not threads()


class Unreadable:
    """A disk that takes bytes and does not give them back."""

    def __init__(self, answer: bytes | OSError) -> None:
        self.answer = answer

    def write(self, data: bytes | memoryview) -> None: ...

    def restart(self) -> None: ...

    def read_at(self, offset: int, size: int) -> bytes:
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("answer", [OSError(5, "Input/output error"), b""], ids=["an error", "cut off"])
def test_a_file_that_cannot_be_read_again_is_left_to_its_reader(answer: bytes | OSError) -> None:
    ahead = HashAhead(Unreadable(answer), SLOW)
    ahead.restart()
    write(ahead, BODY)
    assert ahead.finish() == {}
    ahead.stop()


def test_a_write_that_fails_is_the_writers(scratch: ScratchFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: ScratchFile, data: bytes | memoryview) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ScratchFile, "write", refuse)
    ahead = HashAhead(scratch, SLOW)
    with pytest.raises(OSError, match="No space"):
        ahead.write(b"x")
