"""The kernel's times: moved to our clock, believed only where they can be true, and the right one for each send."""

import errno
import os
import socket
import struct
import time

import pytest

from modtrace.tracer.world import stamps
from modtrace.tracer.world.stamps import Ancillary, KernelClock, SendStamps, ask_for_stamps

_KIND = 37  # SO_TIMESTAMPING
_AHEAD_NS = 1_700_000_000_000_000_000


class Clocks:
    """Both clocks, as far apart as the wall clock says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 10_000_000_000
        self.ahead = _AHEAD_NS
        monkeypatch.setattr(stamps.time, "time_ns", lambda: self.now + self.ahead)

    def now_ns(self) -> int:
        return self.now

    def stamped(self, age_ns: int, kind: int = _KIND, length: int = 48) -> Ancillary:
        """What the kernel gives for a packet of ``age_ns`` ago."""
        seconds, nanos = divmod(self.now + self.ahead - age_ns, 1_000_000_000)
        return [(socket.SOL_SOCKET, kind, (struct.pack("qq", seconds, nanos) + bytes(32))[:length])]


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.mark.parametrize(
    ("age_ns", "kind", "length", "heard_before_ns"),
    [
        (50_000_000, _KIND, 48, 50_000_000),
        (0, _KIND, 48, 0),
        (-5_000, _KIND, 48, 0),
        (50_000_000, 1, 48, None),
        (-50_000_000, _KIND, 48, None),
        (3_600_000_000_000, _KIND, 48, None),
        (50_000_000, _KIND, 8, None),
    ],
    ids=["fresh", "now", "a hair ahead", "another message", "from the future", "an hour old", "too short"],
)
def test_a_stamp_that_cannot_be_true_is_not_believed(
    clocks: Clocks, age_ns: int, kind: int, length: int, heard_before_ns: int | None
) -> None:
    found = KernelClock(clocks.now_ns).time_of(clocks.stamped(age_ns, kind, length))
    assert found == (None if heard_before_ns is None else clocks.now - heard_before_ns)


def test_a_message_without_stamps_has_no_time(clocks: Clocks) -> None:
    assert KernelClock(clocks.now_ns).time_of([]) is None


@pytest.mark.parametrize("step_ns", [-7_200_000_000_000, -300_000_000, 300_000_000, 7_200_000_000_000])
def test_a_wall_clock_that_was_set_meanwhile_moves_no_stamp(clocks: Clocks, step_ns: int) -> None:
    clock = KernelClock(clocks.now_ns)
    clocks.now += 5_000_000_000
    clocks.ahead += step_ns
    assert clock.time_of(clocks.stamped(2_000_000)) == clocks.now - 2_000_000


def test_our_clock_and_the_kernels_agree_on_this_machine() -> None:
    clock = KernelClock(time.monotonic_ns)
    before = time.monotonic_ns()
    seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
    after = time.monotonic_ns()
    found = clock.time_of([(socket.SOL_SOCKET, _KIND, struct.pack("qq", seconds, nanos))])
    assert found is not None
    assert before - 100_000 <= found <= after + 100_000


class Kernel:
    """A socket's sending side: each marked send is stamped after ``delay_ns``, or when :meth:`stamp` says so."""

    def __init__(self, clocks: Clocks, *, delay_ns: int | None = 1_000, error: int = 0) -> None:
        self.queue: list[Ancillary] = []
        self.marked: list[bool] = []
        self._clocks, self._delay_ns, self._error = clocks, delay_ns, error

    def sendmsg(self, buffers: list[bytes], ancillary: Ancillary) -> int:
        if self._error:
            raise OSError(self._error, os.strerror(self._error))
        self.marked.append(ancillary[0][:2] == (socket.SOL_SOCKET, _KIND))
        if self._delay_ns is not None:
            self.stamp(self._delay_ns)
        return len(buffers[0])

    def send(self, data: bytes) -> int:
        self.marked.append(False)
        return len(data)

    def stamp(self, after_ns: int) -> None:
        self._clocks.now += after_ns
        self.queue.append(self._clocks.stamped(0))

    def recvmsg(self, size: int, ancillary_bytes: int, flags: int) -> tuple[bytes, Ancillary, int, None]:
        assert (size, flags) == (0, socket.MSG_ERRQUEUE)
        assert ancillary_bytes > 100
        if not self.queue:
            raise BlockingIOError(errno.EAGAIN, "again")
        return b"", self.queue.pop(0), flags, None


def sending(clocks: Clocks, kernel: Kernel) -> SendStamps:
    return SendStamps(kernel, KernelClock(clocks.now_ns), 77)  # type: ignore[arg-type]  # the part of it that is used


def test_before_any_send_the_connections_own_beginning_counts(clocks: Clocks) -> None:
    assert sending(clocks, Kernel(clocks)).sent_at_ns == 77


def test_a_marked_send_has_the_kernels_time(clocks: Clocks) -> None:
    kernel = Kernel(clocks, delay_ns=3_000)
    marks = sending(clocks, kernel)
    asked = clocks.now
    assert marks.send(b"abc") == 3
    assert (marks.sent_at_ns, marks.is_due, kernel.marked) == (asked + 3_000, False, [True])


def test_a_late_stamp_corrects_our_own_time(clocks: Clocks) -> None:
    kernel = Kernel(clocks, delay_ns=None)
    marks = sending(clocks, kernel)
    asked = clocks.now
    marks.send(b"abc")
    assert (marks.sent_at_ns, marks.is_due) == (asked, True)
    kernel.stamp(40_000_000)
    marks.collect()
    assert (marks.sent_at_ns, marks.is_due) == (asked + 40_000_000, False)


def test_a_second_sending_of_the_same_packet_changes_nothing(clocks: Clocks) -> None:
    kernel = Kernel(clocks)
    marks = sending(clocks, kernel)
    marks.send(b"abc")
    first = marks.sent_at_ns
    kernel.stamp(200_000_000)
    kernel.stamp(400_000_000)
    marks.collect()
    assert (marks.sent_at_ns, kernel.queue) == (first, [])


def test_an_older_sends_stamp_is_not_the_next_ones(clocks: Clocks) -> None:
    kernel = Kernel(clocks, delay_ns=None)
    marks = sending(clocks, kernel)
    marks.send(b"first")
    kernel.stamp(1_000_000)
    late, kernel.queue = kernel.queue, []
    clocks.now += 50_000_000
    asked = clocks.now
    marks.send(b"second")
    kernel.queue = late
    kernel.stamp(2_000)
    marks.collect()
    assert marks.sent_at_ns == asked + 2_000


def test_a_kernel_that_knows_no_marks_gets_plain_sends(clocks: Clocks) -> None:
    kernel = Kernel(clocks, error=errno.EINVAL)
    marks = sending(clocks, kernel)
    asked = clocks.now
    assert [marks.send(b"a"), marks.send(b"b")] == [1, 1]
    assert (marks.sent_at_ns, marks.is_due, kernel.marked) == (asked, False, [False, False])


def test_an_error_of_the_send_itself_stays_one(clocks: Clocks) -> None:
    marks = sending(clocks, Kernel(clocks, error=errno.EPIPE))
    with pytest.raises(BrokenPipeError):
        marks.send(b"a")


def test_a_socket_without_stamps_is_no_error() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    ask_for_stamps(ours)
