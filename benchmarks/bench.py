"""The set-up that every row measures in: two namespaces, the line, the origin, an agent at each end."""

import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import origin
from benchmarks.contenders import CONTENDERS, fresh_home
from benchmarks.delayline.line import Ends, compile_line, ends, line
from benchmarks.forward import forwarding, through
from benchmarks.place import Place, Run, RunFailed, place

NEEDED = ("ip", "nginx", "tcpdump", "tinyproxy", "curl", "gcc", "go")
CONNECTS = 15


class Bench(NamedTuple):
    """Where things are, how often to measure, and the line's measured round trip."""

    scratch: Path
    origin: origin.Origin
    ends: Ends
    client: Place
    server: Place
    rounds: int
    rtt_s: float
    proxy: str

    def once(self, name: str, module: str, *, is_proxied: bool = False) -> Run:
        """One cold run of a contender across the line."""
        with fresh_home(self.scratch) as home:
            program = CONTENDERS[name](module, home, self.origin)
            return self.client.run(through(program, self.proxy) if is_proxied else program)

    def interleaved(self, module: str, *, is_proxied: bool = False) -> dict[str, list[Run]]:
        """Rounds of go, curl, modtrace, go, curl, … A contender that fails is left out, and says why."""
        runs: dict[str, list[Run]] = {name: [] for name in CONTENDERS}
        for _ in range(self.rounds):
            for name in list(runs):
                try:
                    runs[name].append(self.once(name, module, is_proxied=is_proxied))
                except RunFailed as exc:
                    print(f"left out: {exc}")
                    del runs[name]
        return runs


def missing() -> list[str]:
    """What this machine lacks for the benchmark, in words."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacks = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if os.geteuid() != 0:
        lacks.append("root (for network namespaces)")
    if not Path("/dev/net/tun").exists():
        lacks.append("/dev/net/tun")
    return lacks


@contextmanager
def bench(rtt_ms: float, rounds: int) -> Iterator[Bench]:
    """All of it, up until the block ends."""
    with tempfile.TemporaryDirectory(prefix="modtrace-bench-") as name:
        scratch = Path(name)
        (scratch / "origin").mkdir()
        served = origin.make(scratch / "origin")
        program = compile_line(scratch)
        with (
            ends(f"mtb-{os.getpid()}", origin.NAMES) as both,
            line(program, both, rtt_ms),
            origin.serving(served, both.server),
            forwarding(scratch, both.server) as proxy,
            place(both.client) as client,
            place(both.server) as server,
        ):
            rtt_s = measured_rtt_s(client)
            yield Bench(scratch, served, both, client, server, rounds, rtt_s, proxy)


def measured_rtt_s(client: Place) -> float:
    """The median connect; the first one waits for nginx to listen."""
    return statistics.median([client.connect(origin.PROXY) for _ in range(CONNECTS)][1:])
