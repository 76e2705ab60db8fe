"""What would leave first is what the steps then send first: both are asked, in the same worlds."""

from collections.abc import Mapping
from contextlib import suppress

import pytest
import trio
import trio.testing
from tests.sim.dns_world import DnsWorld, Reply, Script, silent

from modtrace.record.failures import StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.firstpackets import first_packets
from modtrace.tracer.steps.reach import reach
from modtrace.tracer.wire.dns import A, Question, build_query
from modtrace.tracer.world.interface import Ask, Connect, HostPort, Link

S1, S2 = "192.0.2.53", "192.0.2.54"
HOSTS = "192.0.2.1 box box.test\n2001:db8::1 box.test\n2001:db8::2 six.test\n"
ONE = {"/etc/resolv.conf": f"nameserver {S1}\n", "/etc/hosts": HOSTS}


class Watched(DnsWorld):
    """Silent name servers, and peers that never accept: only what is sent at once is seen."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        super().__init__({(S1, "udp"): self._heard(S1), (S2, "udp"): self._heard(S2)}, files)

    def _heard(self, server: str) -> Script:
        def script(query: bytes) -> list[Reply]:
            self.sent.append(("query", str(HostPort(server, 53)), query[2:]))
            return list(silent(query))

        return script

    async def open_tcp(self, address: HostPort) -> Link:
        self.sent.append(("SYN", str(address), b""))
        await trio.sleep_forever()
        raise AssertionError


def sent_first(files: Mapping[str, str], host: str, *, edns0: bool) -> list[tuple[str, str, bytes]]:
    """What the steps send before any answer, time out or fallback, in no order."""

    async def main() -> list[tuple[str, str, bytes]]:
        world = Watched(files)
        recorder = Recorder(now_ns=world.now_ns, sink=lambda event: None)
        with recorder.span("module.info", "m") as parent, trio.move_on_after(0.2), suppress(StepFailed):
            await reach(world, host, 443, parent=parent, edns0=edns0)
        return sorted(world.sent)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def decided(files: Mapping[str, str], host: str, *, edns0: bool) -> list[tuple[str, str, bytes]]:
    """The same of what would leave ahead."""

    async def main() -> list[tuple[str, str, bytes]]:
        packets = first_packets(Watched(files), host, 443, edns0=edns0)
        if isinstance(packets, Connect):
            return [("SYN", str(packets.address), b"")]
        return sorted(("query", str(packets.server), wire[2:]) for wire in packets.queries) if packets else []

    return trio.run(main)


@pytest.mark.parametrize("edns0", [True, False])
@pytest.mark.parametrize(
    ("host", "files", "count"),
    [
        ("192.0.2.9", {}, 1),
        ("2001:db8::9", {}, 1),
        ("::", {}, 1),
        ("box.test", ONE, 1),
        ("six.test", ONE, 1),
        ("BOX", ONE, 1),
        ("proxy.test", ONE, 2),
        ("proxy.test.", ONE, 2),
        ("proxy.test", {**ONE, "/etc/resolv.conf": f"nameserver {S2}\nnameserver {S1}\n"}, 2),
        ("proxy", {**ONE, "/etc/resolv.conf": f"nameserver {S1}\nsearch corp.test a.test\n"}, 2),
        ("proxy.test", {**ONE, "/etc/resolv.conf": f"nameserver {S1}\nsearch corp.test\noptions ndots:2\n"}, 2),
        ("proxy.test", {**ONE, "/etc/resolv.conf": f"nameserver {S1}\noptions single-request\n"}, 1),
        ("proxy.test", {**ONE, "/etc/resolv.conf": f"nameserver {S1}\noptions trust-ad\n"}, 2),
        ("box.test", {**ONE, "/etc/nsswitch.conf": "hosts: dns files\n"}, 2),
        ("box.test", {**ONE, "/etc/nsswitch.conf": "hosts: files\n"}, 1),
        ("proxy.test", {**ONE, "/etc/nsswitch.conf": "hosts: files\n"}, 0),
        ("not a name", ONE, 0),
        ("x.onion", ONE, 0),
        ("a" * 64 + ".test", ONE, 0),
    ],
)
def test_the_packets_are_the_steps_own(host: str, files: dict[str, str], count: int, edns0: bool) -> None:
    assert decided(files, host, edns0=edns0) == sent_first(files, host, edns0=edns0)
    assert len(decided(files, host, edns0=edns0)) == count


@pytest.mark.parametrize("option", ["use-vc", "rotate"])
def test_where_the_step_begins_otherwise_nothing_is_decided(option: str) -> None:
    assert decided({"/etc/resolv.conf": f"nameserver {S1}\noptions {option}\n"}, "proxy.test", edns0=True) == []


def test_each_query_has_an_id_by_chance() -> None:
    async def main() -> None:
        world = Watched(ONE)
        packets = first_packets(world, "proxy.test", 443, edns0=True)
        assert isinstance(packets, Ask)
        ids = [int.from_bytes(wire[:2], "big") for wire in packets.queries]
        assert ids == [1001, 1002], "the world's next two random numbers"
        assert packets.queries[0] == build_query(1001, Question(name="proxy.test.", kind=A))

    trio.run(main)
