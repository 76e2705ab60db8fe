"""A network made for dialing: one server namespace whose addresses each have a manner, and a client namespace per run.

An address answers, refuses (nobody listens), is dropped without a word, or is reported by an ICMP error: everything
that isn't the server's own ends in a black hole, and ``dial_watch.py`` sends the error. iproute2 is all it takes. Every
client hangs on a cable of its own, so that what arrives is known by its interface. Labels such as ``ok4.1`` and
``dropped6.2`` stand for the addresses.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

_MOST = 20  # addresses of each manner and family
_V4 = {
    "ok": "192.0.2.{n}",
    "refused": "192.0.2.1{n:02d}",
    "dropped": "198.51.100.{n}",
    "unreachable": "198.51.100.1{n:02d}",
    "prohibited": "198.51.100.2{n:02d}",
    "routeless": "203.0.113.{n}",
}
# Equally far from the client's own address, so that RFC 6724's longest prefix leaves them in the name server's order.
_V6 = {manner: f"2001:db8:0:{place}::{{n:x}}" for place, manner in enumerate(_V4, 1)}
_HERE = {"ok": 4, "refused": 4}  # how many of them the server really has

ADDRESSES = {
    f"{manner}{family}.{n}": pattern.format(n=n)
    for family, patterns in ((4, _V4), (6, _V6))
    for manner, pattern in patterns.items()
    for n in range(1, _MOST + 1)
} | {"ns": "192.0.2.53", "ns-without-aaaa": "192.0.2.54"}
LABELS = {address: label for label, address in ADDRESSES.items()}
assert len(LABELS) == len(ADDRESSES)

# Every refusal is told, whoever asks how often.
_UNLIMITED = "for limit in ipv4/icmp_ratelimit ipv6/icmp/ratelimit; do echo 0 > /proc/sys/net/$limit; done"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One client namespace. ``late``: an IPv6 address whose first SYN from here is kept from it for a while.

    ``routes``: more of its own, such as ``prohibit 192.0.2.1``.
    """

    number: int
    has_ipv6: bool = True
    files: dict[str, str] = {}
    late: str | None = None
    routes: tuple[str, ...] = ()

    @property
    def interface(self) -> str:
        """The server's end of the cable."""
        return f"s{self.number}"

    @property
    def ipv4(self) -> str:
        return f"198.18.{self.number}.2"

    @property
    def ipv6(self) -> str:
        return f"2001:db8:c000:{self.number:x}::2"

    @property
    def own_addresses(self) -> tuple[str, ...]:
        return (self.ipv4, self.ipv6)


def filled(template: str) -> str:
    """``{ok4.1}`` as its address."""
    return re.sub(r"\{([a-z0-9.-]+)\}", lambda found: ADDRESSES[found[1]], template)


def ip(*words: str, script: Sequence[str] = ()) -> None:
    """ip(8), with a batch of commands on its standard input."""
    done = subprocess.run(
        ["ip", *words], input="\n".join(script), text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


class Ground:
    """The namespaces, while :func:`laid` lasts."""

    def __init__(self, prefix: str, clients: Sequence[Client]) -> None:
        self._prefix = prefix
        self._clients = clients
        self.server = f"{prefix}-server"

    def name(self, client: Client) -> str:
        return f"{self._prefix}-{client.number}"

    def inside(self, client: Client | None = None) -> list[str]:
        """The words before a command: in the client's namespace, or in the server's."""
        return ["ip", "netns", "exec", self.server if client is None else self.name(client)]

    @property
    def names(self) -> list[str]:
        return [self.server, *(self.name(client) for client in self._clients)]

    def lay(self) -> None:
        ip("-batch", "-", script=[f"netns add {name}" for name in self.names])
        subprocess.run([*self.inside(), "sh", "-ec", _UNLIMITED], check=True, timeout=60)
        ip("-batch", "-", script=[self._cable(client) for client in self._clients])
        ip("-n", self.server, "-batch", "-", script=[*self._serving(), *self._towards_clients()])
        ip("-6", "-n", self.server, "-batch", "-", script=self._delays())
        for client in self._clients:
            ip("-n", self.name(client), "-batch", "-", script=_towards_server(client))
            folder = _folder(self.name(client))
            folder.mkdir(parents=True)
            for name, text in client.files.items():
                (folder / name).write_text(text)

    def clear(self) -> None:
        """Whatever of it is there."""
        there = {path.name for path in Path("/run/netns").glob(f"{self._prefix}-*")}
        for name in self.names:
            shutil.rmtree(_folder(name), ignore_errors=True)
        ip("-force", "-batch", "-", script=[f"netns delete {name}" for name in self.names if name in there])

    def _cable(self, client: Client) -> str:
        ours, theirs = (f"address 02:00:00:00:{client.number:02x}:0{end}" for end in (1, 2))
        return (
            f"link add name {client.interface} {ours} netns {self.server} type veth "
            f"peer name c0 {theirs} netns {self.name(client)}"
        )

    def _serving(self) -> list[str]:
        lines = ["link set lo up", "addr add 192.0.2.53/32 dev lo", "addr add 192.0.2.54/32 dev lo"]
        for manner, count in _HERE.items():
            for n in range(1, count + 1):
                lines.append(f"addr add {ADDRESSES[f'{manner}4.{n}']}/32 dev lo")
                lines.append(f"addr add {ADDRESSES[f'{manner}6.{n}']}/128 dev lo nodad")
        return [*lines, "route add blackhole 0.0.0.0/0", "route add blackhole ::/0"]

    def _towards_clients(self) -> list[str]:
        lines = []
        for client in self._clients:
            name, mac = client.interface, f"02:00:00:00:{client.number:02x}:02"
            lines += [
                f"link set {name} addrgenmode none up",
                f"addr add 198.18.{client.number}.1/24 dev {name}",
                f"addr add 2001:db8:c000:{client.number:x}::1/64 dev {name} nodad",
                f"neigh add {client.ipv4} lladdr {mac} dev {name} nud permanent",
                f"neigh add {client.ipv6} lladdr {mac} dev {name} nud permanent",
            ]
        return lines

    def _delays(self) -> list[str]:
        """Rules before the one for this host's own addresses, which is moved back for them."""
        late = {one.interface: one.late for one in self._clients if one.late is not None}
        return [
            "rule add pref 200 lookup local",
            "rule delete pref 0",
            *(f"rule add pref 100 iif {interface} to {address} blackhole" for interface, address in late.items()),
        ]


def _towards_server(client: Client) -> list[str]:
    mac, gateway = f"02:00:00:00:{client.number:02x}:01", f"2001:db8:c000:{client.number:x}::1"
    lines = [
        "link set lo up",
        "link set c0 addrgenmode none up",
        f"addr add {client.ipv4}/24 dev c0",
        f"neigh add 198.18.{client.number}.1 lladdr {mac} dev c0 nud permanent",
        f"route add default via 198.18.{client.number}.1",
    ]
    if client.has_ipv6:
        lines += [
            f"addr add {client.ipv6}/64 dev c0 nodad",
            f"neigh add {gateway} lladdr {mac} dev c0 nud permanent",
            f"route add default via {gateway}",
        ]
    return lines + [f"route add {route}" for route in client.routes]


def _folder(name: str) -> Path:
    """What ``ip netns exec`` binds over the files of /etc."""
    return Path("/etc/netns") / name


@contextmanager
def laid(clients: Sequence[Client]) -> Generator[Ground]:
    """The ground, taken away at the end whatever happened."""
    ground = Ground(f"modtrace-dial-{os.getpid()}", clients)
    try:
        ground.lay()
        yield ground
    finally:
        ground.clear()
