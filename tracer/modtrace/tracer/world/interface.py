"""The whole outside world of a fetch, as a small Protocol. Real in this folder, simulated in ``tests/sim/``.

Nothing else in ``modtrace.tracer`` may touch a socket, a clock, the environment or a file of this machine.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

import msgspec


class HostPort(NamedTuple):
    """A literal address (or, where said so, a name) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """As Go's ``net.JoinHostPort``: IPv6 literals in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class TcpInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel knows of a connection (Linux ``TCP_INFO``). Times in µs."""

    rtt_us: int
    rtt_var_us: int
    min_rtt_us: int
    retransmits: int
    send_mss_bytes: int
    receive_mss_bytes: int
    congestion_window: int
    segments_out: int
    segments_in: int
    bytes_acked: int
    bytes_received: int


class Link(Protocol):
    """Our end of a byte stream: a TCP socket, or TLS or a tunnel above one. Methods raise ``OSError`` with its errno.

    One task may receive while another sends. The methods are cancellable at any point; after a cancelled ``send`` the
    stream must be closed.
    """

    @property
    def local(self) -> HostPort: ...

    @property
    def peer(self) -> HostPort: ...

    @property
    def received_at_ns(self) -> int:
        """When the last received bytes reached the kernel (ns since trace start); the user-space time if unknown."""
        ...

    @property
    def sent_at_ns(self) -> int:
        """When the last ``is_timed`` send left the kernel (ns since trace start); before any: when the connect began.

        Until the kernel's time is known (it may come with a later ``receive``), and where it never is: when the send
        began.
        """
        ...

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """The next bytes, at least one; ``b""`` once the peer has closed its side."""
        ...

    async def send(self, data: bytes | memoryview, *, is_timed: bool = False) -> None:
        """All of ``data``, or an exception. ``is_timed``: a phase begins or ends with this send, see ``sent_at_ns``."""
        ...

    def tcp_info(self) -> TcpInfo | None:
        """``None`` where the system has none (or the socket is closed)."""
        ...

    async def aclose(self) -> None:
        """Close; never raises and never blocks on the peer."""
        ...


class Datagram(NamedTuple):
    data: bytes
    source: HostPort
    at_ns: int


class UdpLink(Protocol):
    """A UDP socket connected to one peer, as Go's resolver uses one per question. Raises ``OSError``."""

    @property
    def local(self) -> HostPort: ...

    @property
    def sent_at_ns(self) -> int:
        """As a ``Link``'s, of the last ``send``."""
        ...

    async def receive(self) -> Datagram: ...

    async def send(self, data: bytes) -> None: ...

    async def aclose(self) -> None: ...


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A program to be run. ``argv[0]`` is looked up in ``PATH`` as Go's os/exec does; ``environ`` is its whole one.

    Without ``stdin`` it reads the null device. ``merges_stderr``: both streams in one, in ``stdout``.
    ``is_left_alone``: when cancelled, it gets two more seconds and is then left to itself instead of being ended.
    """

    argv: tuple[str, ...]
    environ: Mapping[str, str]
    stdin: bytes | None = None
    directory: str | None = None
    merges_stderr: bool = False
    is_left_alone: bool = False
    output_limit_bytes: int
    stderr_kept_bytes: int


class CommandEnd(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended: its exit status (negative for a signal's number), or why we ended it."""

    status: int | None
    stdout: bytes
    stderr: bytes
    was_late: bool = False
    was_too_long: bool = False
    left_its_output_open: bool = False
    """It exited, and something that it started still holds its output: go waits for that too."""


class CommandNotStarted(OSError):
    """No such program, no such directory, no right to run it; the text is Go's (os/exec)."""


class Connect(NamedTuple):
    """A connection to try: its SYN."""

    address: HostPort


class Ask(NamedTuple):
    """Questions to one name server, each a whole message on a socket of its own."""

    server: HostPort
    queries: tuple[bytes, ...]


FirstPackets: TypeAlias = Connect | Ask


class BegunDial(NamedTuple):
    """When the first dial's work began, and when its first packets left (the look-up on this machine lies between)."""

    began_ns: int
    sent_ns: int


class BegunQuery(NamedTuple):
    """A query on its way: the socket that waits for its answer, and the id that stands in it."""

    link: UdpLink
    message_id: int
    sent_ns: int


class Headstart(Protocol):
    """The first packets of a run's first dial, sent before the code that follows them up is loaded.

    The steps take over what was begun, with its true times, instead of beginning it again. Each thing is given once.
    """

    @property
    def began_ns(self) -> int | None:
        """When the dial that nobody claimed yet began; ``None`` without one."""
        ...

    def begin(self, host: str, port: int, packets: FirstPackets, *, began_ns: int) -> list[str]:
        """Send ``packets``, the first of a dial to ``host``; says in words what was begun. Never raises."""
        ...

    def claim(self, host: str, port: int) -> BegunDial | None:
        """The begun dial, if it is this one."""
        ...

    def connecting_since(self, address: HostPort) -> int | None:
        """When the SYN that the next ``open_tcp`` of this address takes over left."""
        ...

    def take_query(self, server: HostPort, wire: bytes) -> BegunQuery | None:
        """The query that says the same as ``wire``, but for its id."""
        ...

    def close(self) -> None:
        """Close what nobody took over."""
        ...


class World(Protocol):
    """Sockets, clock, chance, environment, host files and programs."""

    @property
    def headstart(self) -> Headstart: ...

    def now_ns(self) -> int:
        """Monotonic, since the trace's start."""
        ...

    def wall_time_s(self) -> float:
        """Unix time, for certificate dates only."""
        ...

    async def open_tcp(self, address: HostPort) -> Link:
        """Connect as Go does (no delay, keep-alive 30 s, then 15 s x 9); no deadline of its own. Raises ``OSError``."""
        ...

    async def open_udp(self, address: HostPort) -> UdpLink:
        """A connected socket with a random source port; refused ports surface as ``ConnectionRefusedError``."""
        ...

    def source_address_for(self, host: str) -> str | None:
        """The local address that the routing table picks for ``host`` (no packet sent); ``None`` without a route."""
        ...

    def random_u16(self) -> int: ...

    def environ(self) -> Mapping[str, str]: ...

    def read_file(self, path: str) -> bytes | None:
        """A host file's content (at most ``HOST_FILE_BYTES``); ``None`` when it doesn't exist. Raises ``OSError``."""
        ...

    def list_directory(self, path: str) -> list[str] | None:
        """Names in a directory, sorted; ``None`` when it doesn't exist. Raises ``OSError``."""
        ...

    def is_directory(self, path: str) -> bool:
        """Follows links. Raises ``OSError`` where nothing is or may be looked at."""
        ...

    def hostname(self) -> str: ...

    async def run_command(self, command: Command, *, timeout_s: float) -> CommandEnd:
        """Run it to its end and to the end of its output, or end it. Raises :class:`CommandNotStarted`.

        Cancelling ends it too.
        """
        ...
