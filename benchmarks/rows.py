"""One function per row of the table: what is measured, beside whom, and the goal."""

import statistics
import sys
from collections.abc import Callable
from typing import Final, NamedTuple

from benchmarks.bench import Bench
from benchmarks.contenders import CONTENDERS, environment, fresh_home, modtrace, modtrace_words
from benchmarks.forward import through
from benchmarks.origin import MB, VERSION
from benchmarks.packets import captured, flights, percentile, phase_times, read
from benchmarks.place import Program, Run
from benchmarks.traces import Breakdown, breakdown, durations, summary

START_RUNS_PER_ROUND: Final = 3
PACKET_RUNS_PER_ROUND: Final = 3
UNANSWERED: Final = "unresolved.bench.test"


class Row(NamedTuple):
    """One line of the table. ``figure`` is what the goal limits; ``at_least`` turns the limit round."""

    what: str
    measured: str
    beside: str
    figure: float
    goal: float
    unit: str = "×"
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """The goal is reached."""
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal


class Section(NamedTuple):
    """A row or two, and what a reader needs beside them."""

    rows: list[Row]
    notes: list[str]


def ms(seconds: float) -> str:
    """Milliseconds with a digit that means something."""
    return f"{seconds * 1e3:.1f} ms" if seconds < 0.2 else f"{seconds * 1e3:.0f} ms"


def median_s(runs: list[Run]) -> float:
    """The median wall time."""
    return statistics.median(run.wall_s for run in runs)


def spread(runs: list[Run]) -> str:
    """Median and range."""
    walls = [run.wall_s for run in runs]
    return f"{ms(statistics.median(walls))} ({ms(min(walls))} to {ms(max(walls))})"


def fetch_row(bench: Bench, module: str, what: str, goal: float, *, is_proxied: bool = False) -> Section:
    """Wall time across the line, in interleaved rounds."""
    runs = bench.interleaved(module, is_proxied=is_proxied)
    short = what.partition(" at ")[0]
    notes = [f"{short}: curl {spread(runs['curl'])} for the same five files"] if "curl" in runs else []
    if "modtrace" not in runs:
        return Section([], [*notes, f"{short}: go {spread(runs['go'])}; modtrace did not run"])
    ours, gos = median_s(runs["modtrace"]), median_s(runs["go"])
    cpu = " / ".join(f"{name} {ms(statistics.median(run.cpu_s for run in runs[name]))}" for name in runs)
    notes.append(f"{short}: modtrace takes {ms(ours - gos)} more than go; CPU time {cpu}")
    notes.append(f"{short}: {where_time_goes(bench, module, is_proxied=is_proxied)}")
    return Section([Row(what, spread(runs["modtrace"]), f"go {spread(runs['go'])}", ours / gos, goal)], notes)


def where_time_goes(bench: Bench, module: str, *, is_proxied: bool) -> str:
    """modtrace's wall time by kind of work, medians over further runs."""
    parts: list[Breakdown] = []
    for _ in range(bench.rounds):
        with fresh_home(bench.scratch) as home:
            program = modtrace(module, home, bench.origin)
            run = bench.client.run(through(program, bench.proxy) if is_proxied else program)
            parts.append(breakdown(summary(home), run.wall_s))
    outside, network, between = (ms(statistics.median(values)) for values in zip(*parts, strict=True))
    return (
        f"of modtrace's time {outside} pass before and after the trace (interpreter, imports, report), "
        f"{network} in network phases, {between} between them"
    )


def small(bench: Bench) -> Section:
    """One fetch of a few hundred bytes, checksum database on."""
    return fetch_row(bench, "small", f"one fetch at {ms(bench.rtt_s)} RTT, checksum database on", 1.15)


def ten_megabytes(bench: Bench) -> Section:
    """The same with a zip of 10 MB."""
    return fetch_row(bench, "tenmb", f"a 10 MB zip at {ms(bench.rtt_s)} RTT", 1.08)


def proxied(bench: Bench) -> Section:
    """The small module through one CONNECT proxy, tinyproxy, at the far end of the line."""
    what = f"one fetch through a CONNECT proxy at {ms(bench.rtt_s)} RTT"
    return fetch_row(bench, "small", what, 1.15, is_proxied=True)


def trips_of(bench: Bench, name: str) -> int:
    """Flights of one run of a contender, counted in tcpdump's packets."""
    target = bench.scratch / "trips.pcap"
    with captured(bench.ends.client, target):
        bench.once(name, "small")
    return len(flights(read(target), bench.rtt_s))


def round_trips(bench: Bench) -> Section:
    """Round trips on the wire for the small module."""
    trips = {name: trips_of(bench, name) for name in CONTENDERS}
    row = Row(
        "round trips on the wire",
        str(trips["modtrace"]),
        f"go {trips['go']}",
        trips["modtrace"] / trips["go"],
        1.0,
    )
    return Section([row], [f"round trips: curl {trips['curl']}; TCP and TLS take two of each connection's"])


def start_up(bench: Bench) -> Section:
    """The first thing on screen and the first thing on the wire, beside a Python that does nothing."""
    empty: list[Run] = []
    version: list[Run] = []
    packet: list[Run] = []
    fetch = [*modtrace_words(), "fetch", f"mod.bench.test/small@{VERSION}", "--json", "--probe", "off"]
    for _ in range(bench.rounds * START_RUNS_PER_ROUND):
        with fresh_home(bench.scratch) as home:
            env = environment(home, bench.origin, GOPROXY=f"https://{UNANSWERED}")
            empty.append(bench.client.run(Program([sys.executable, "-I", "-c", "pass"], env, home)))
            version.append(bench.client.run(Program([*modtrace_words(), "--version"], env, home)))
            words = [*fetch, "--capture", "off", "-o", str(home / "bundle")]
            packet.append(bench.client.first_packet(Program(words, env, home)))
    base = median_s(empty)
    beside = f"python -I -c pass {spread(empty)}"
    return Section(
        [
            Row("modtrace --version", spread(version), beside, median_s(version) / base, 4.0),
            Row("first packet of fetch", spread(packet), beside, median_s(packet) / base, 18.0),
        ],
        [],
    )


def errors_of(bench: Bench) -> dict[str, list[float]] | None:
    """Seconds that each phase of one run is off from its packets; None when spans and packets don't pair up."""
    target = bench.scratch / "phases.pcap"
    with fresh_home(bench.scratch) as home:
        with captured(bench.ends.client, target):
            bench.client.run(modtrace("small", home, bench.origin))
        trace = summary(home)
    try:
        seen = phase_times(read(target), bench.rtt_s)
    except ValueError as error:  # a connection without the two flights of TCP and TLS
        print(f"packets that don't read as connections: {error}")
        return None
    pairs: dict[str, tuple[list[float], list[int | None]]] = {
        "connect": (durations(trace, "tcp", "connect"), [*seen.connects_ns]),
        "TLS": (durations(trace, "tls", "handshake"), [*seen.handshakes_ns]),
        "first byte": (durations(trace, "http", "first_byte"), seen.first_bytes_ns),
    }
    if any(len(spans) != len(packets) for spans, packets in pairs.values()):
        print({name: (len(spans), len(packets)) for name, (spans, packets) in pairs.items()})
        return None
    return {
        name: [abs(span - packet / 1e9) for span, packet in zip(spans, packets, strict=True) if packet is not None]
        for name, (spans, packets) in pairs.items()
    }


def phases_against_packets(bench: Bench) -> Section:
    """The length of connect, TLS and first-byte phases against tcpdump's stamps of the same packets."""
    found: dict[str, list[float]] = {"connect": [], "TLS": [], "first byte": []}
    unpaired = 0
    runs = bench.rounds * PACKET_RUNS_PER_ROUND
    for _ in range(runs):
        errors = errors_of(bench)
        if errors is None:
            unpaired += 1
            continue
        for name, values in errors.items():
            found[name] += values
    together = [value for values in found.values() for value in values]
    if not together:
        return Section([], ["phase times: no run could be paired with its packets"])
    median, worst = statistics.median(together) * 1e6, percentile(together, 0.99) * 1e6
    notes = [
        f"phase times, {name}: n={len(values)}, median {statistics.median(values) * 1e6:.0f} µs, "
        f"p99 {percentile(values, 0.99) * 1e6:.0f} µs"
        for name, values in found.items()
    ]
    notes.append(f"phase times: {unpaired} of {runs} runs could not be paired with their packets")
    count = f"n={len(together)}"
    return Section(
        [
            Row("phase times against packets, median", f"{median:.0f} µs", f"tcpdump, {count}", median, 50, "µs"),
            Row("phase times against packets, p99", f"{worst:.0f} µs", f"tcpdump, {count}", worst, 1000, "µs"),
        ],
        notes,
    )


def large_body(bench: Bench) -> Section:
    """200 MB over the server's own loopback: memory, and the body's speed."""
    rates: list[float] = []
    sizes: list[float] = []
    walls: list[Run] = []
    size_bytes = (bench.origin.folder / f"proxy/mod.bench.test/large/@v/{VERSION}.zip").stat().st_size
    for _ in range(max(3, bench.rounds // 3)):
        with fresh_home(bench.scratch) as home:
            run = bench.server.run(modtrace("large", home, bench.origin))
            walls.append(run)
            sizes.append(run.rss_bytes / MB)
            rates.append(size_bytes / MB / max(durations(summary(home), "body", "receive")))
    with fresh_home(bench.scratch) as home:
        curl = bench.server.run(CONTENDERS["curl"]("large", home, bench.origin))
    with fresh_home(bench.scratch) as home:
        go = bench.server.run(CONTENDERS["go"]("large", home, bench.origin))
    rate, peak = statistics.median(rates), max(sizes)
    note = f"200 MB: whole fetch {spread(walls)}; go {ms(go.wall_s)}, curl {ms(curl.wall_s)} (disk included)"
    return Section(
        [
            Row("200 MB body, peak memory", f"{peak:.0f} MB", "", peak, 150, "MB"),
            Row("200 MB body, speed on loopback", f"{rate:.0f} MB/s", "", rate, 250, "MB/s", at_least=True),
        ],
        [note],
    )


ROWS: Final[dict[str, Callable[[Bench], Section]]] = {
    "small": small,
    "tenmb": ten_megabytes,
    "proxied": proxied,
    "trips": round_trips,
    "start": start_up,
    "phases": phases_against_packets,
    "large": large_body,
}
