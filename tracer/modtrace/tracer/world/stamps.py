"""The kernel's times of packets, both ways, on the trace's clock (Linux ``SO_TIMESTAMPING``, in software).

An arrival is stamped when the packet reaches the stack, a marked send when it is handed to the device: neither holds
the time that this process spent waiting for its turn. Arrivals come beside their bytes; the stamp of a send comes
through the socket's error queue, which makes the socket readable in ``epoll``'s eyes until it is read. So only the
sends that open a phase are marked, each by its own control message; the queue is read at once after such a send (on an
idle connection the stamp is already there), and again by whoever is woken and finds nothing else: a packet that is sent
a second time is stamped a second time, at any later moment.
"""

import errno
import socket
import struct
import time
from collections.abc import Callable

# asm-generic/socket.h and linux/net_tstamp.h; Python's socket module does not name them before 3.15.
_SO_TIMESTAMPING = 37
_TX_SOFTWARE = 1 << 1
_RX_SOFTWARE = 1 << 3
_SOFTWARE = 1 << 4
_TSONLY = 1 << 11  # without it the whole packet comes back with its stamp
_WANTED = _RX_SOFTWARE | _SOFTWARE | _TSONLY
_MARK = [(socket.SOL_SOCKET, _SO_TIMESTAMPING, struct.pack("I", _TX_SOFTWARE))]
_TIMESPEC = struct.Struct("qq")
_NS = 1_000_000_000
_OLD_NS = _NS  # a stamp of more than a second ago belongs to another time, or the wall clock was set
_LOOKS_COUNT = 3
_WALL_WAS_SET_NS = 200_000
_EARLY_NS = 20_000  # what two readings of two clocks may disagree by
_DRAIN_COUNT = 64

ANCILLARY_BYTES = 160

Ancillary = list[tuple[int, int, bytes]]


class KernelClock:
    """Moves stamps from ``CLOCK_REALTIME`` to the trace's clock, which is monotonic.

    Both run at one speed, so that their distance is measured once, as exactly as three tries allow, and again when a
    look at both shows that somebody has set the wall clock.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.now_ns = now_ns
        self._ahead_ns = self._measured()

    def time_of(self, ancillary: Ancillary) -> int | None:
        """The stamp in a message's control data; ``None`` where there is none that can be true."""
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPING and len(data) >= _TIMESPEC.size:
                seconds, nanos = _TIMESPEC.unpack_from(data)
                return self._on_our_clock(int(seconds) * _NS + int(nanos))
        return None

    def _on_our_clock(self, stamp_ns: int) -> int | None:
        now_ns = self.now_ns()
        if abs(time.time_ns() - now_ns - self._ahead_ns) > _WALL_WAS_SET_NS:
            self._ahead_ns = self._measured()
        age_ns = now_ns - (stamp_ns - self._ahead_ns)
        return now_ns - max(0, age_ns) if -_EARLY_NS <= age_ns < _OLD_NS else None

    def _measured(self) -> int:
        return min(self._look() for _ in range(_LOOKS_COUNT))[1]

    def _look(self) -> tuple[int, int]:
        """How long the look took, and the distance."""
        before_ns = self.now_ns()
        wall_ns = time.time_ns()
        after_ns = self.now_ns()
        return after_ns - before_ns, wall_ns - (before_ns + after_ns) // 2


class SendStamps:
    """Marked sends of one connected socket. A kernel without stamps costs only precision: our own time stands in."""

    def __init__(self, sock: socket.socket, clock: KernelClock, opened_at_ns: int) -> None:
        self.sent_at_ns = opened_at_ns
        """When the last marked send left the kernel; until that is known, when the kernel was asked to send it."""
        self.is_due = False
        """A marked send has no stamp yet."""
        self._sock = sock
        self._clock = clock
        self._asked_ns = 0
        self._is_known = True

    def send(self, data: bytes | memoryview) -> int:
        """``socket.send``, marked. Raises what that raises; how many bytes were taken."""
        self.collect()  # nothing older may pass for this one's
        self.sent_at_ns = self._asked_ns = self._clock.now_ns()
        sent = self._send(data)
        self.is_due = self._is_known
        self.collect()
        return sent

    def _send(self, data: bytes | memoryview) -> int:
        if self._is_known:
            try:
                return self._sock.sendmsg([data], _MARK)
            except OSError as exc:
                if exc.errno != errno.EINVAL:  # which no unmarked send of ours can raise
                    raise
                self._is_known = False
        return self._sock.send(data)

    def collect(self) -> None:
        """Empty the error queue, so that it wakes nobody. The first stamp since the marked send is that send's."""
        for _ in range(_DRAIN_COUNT):
            try:
                _, ancillary, _, _ = self._sock.recvmsg(0, ANCILLARY_BYTES, socket.MSG_ERRQUEUE)
            except OSError:
                return
            at_ns = self._clock.time_of(ancillary) if self.is_due else None
            if at_ns is not None and at_ns >= self._asked_ns - _EARLY_NS:
                self.sent_at_ns = max(at_ns, self._asked_ns)
                self.is_due = False


def ask_for_stamps(sock: socket.socket) -> None:
    """Before the socket connects, so that no arrival goes unstamped. A system without stamps is no error."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _WANTED)
    except OSError:
        return
