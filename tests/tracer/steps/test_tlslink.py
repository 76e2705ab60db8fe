"""TLS after the handshake: data, ends, damage and goodbyes over links of memory."""

import errno

import pytest
import trio
from OpenSSL import SSL
from tests.sim.tls_handshakes import GOOD, served, shake
from tests.sim.tls_server import MemoryLink, MemoryTlsServer

from modtrace.tracer.steps.tlslink import TlsLink
from modtrace.tracer.wire.tlsfaults import TlsBroken


def test_data_flows_and_close_notify_is_told_from_a_bare_end() -> None:
    for polite in (True, False):
        server, memory = served([GOOD])

        async def then(
            link: TlsLink, server: MemoryTlsServer = server, polite: bool = polite, memory: MemoryLink = memory
        ) -> None:
            memory.push(server.say(b"x" * 100_000))
            if polite:
                memory.push(server.goodbye())
            memory.push(b"")
            got = b""
            while data := await link.receive():
                got += data
            assert got == b"x" * 100_000
            assert link.close_notify_received is polite
            assert await link.receive() == b""

        shake(memory, then=then)


def test_end_inside_a_record_is_an_unexpected_eof() -> None:
    server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        memory.push(server.say(b"abc") + server.say(b"def")[:-3])
        memory.push(b"")
        assert await link.receive() == b"abc"
        with pytest.raises(TlsBroken) as caught:
            await link.receive()
        assert caught.value.go_text == "unexpected EOF"

    shake(memory, then=then)


def test_damage_after_good_data_hands_the_data_out_first() -> None:
    server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        memory.push(server.say(b"abc") + server.say(b"def")[:-1] + b"\x00")
        assert await link.receive() == b"abc"
        with pytest.raises(TlsBroken) as caught:
            await link.receive()
        assert caught.value.go_text == "local error: tls: bad record MAC"

    shake(memory, then=then)


def test_client_certificate_demand_in_tls13_surfaces_at_the_first_read() -> None:
    _server, memory = served([GOOD], wants_client_certificate=True, versions=(SSL.TLS1_3_VERSION, SSL.TLS1_3_VERSION))

    async def then(link: TlsLink) -> None:
        with pytest.raises(TlsBroken) as caught:
            await link.receive()
        assert caught.value.go_text == "remote error: tls: certificate required"
        assert caught.value.cause == "tls.client_certificate_required"

    assert shake(memory, then=then).failure is None


def test_errors_of_the_link_below_pass_as_they_are_and_are_repeated_as_in_go() -> None:
    _server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        memory.push(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
        for _ in range(2):
            with pytest.raises(ConnectionResetError):
                await link.receive()

    shake(memory, then=then)


def test_closing_says_goodbye_once() -> None:
    _server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        before = len(memory.sent)
        await link.aclose()
        await link.aclose()
        assert len(memory.sent) == before + 1
        assert memory.is_closed

    shake(memory, then=then)


def test_facts_show_the_chain_as_digests_and_name_the_path() -> None:
    _server, memory = served([GOOD])
    link = shake(memory).link
    assert link is not None
    shown = link.facts.attributes()
    digests = [facts["sha256"] for facts in link.facts.chain]
    assert shown["chain_sha256"] == digests
    assert isinstance(shown["verified_path"], list)
    assert shown["verified_path"][0] == digests[0]
    assert len(shown["verified_path"]) == 2
    assert (shown["resumed"], shown["was_retried"], shown["alpn"]) == (False, False, "h2")


def test_addresses_and_arrival_are_those_of_the_link_below() -> None:
    _server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        memory.received_at_ns, memory.sent_at_ns = 12345, 12340
        assert (link.local, link.peer, link.received_at_ns) == (memory.local, memory.peer, 12345)
        assert link.sent_at_ns == 12340
        await link.send(b"untimed")
        assert link.sent_at_ns == 12340
        memory.leaves_after_s = 0.5
        await link.send(b"timed", is_timed=True)
        assert link.sent_at_ns == int(trio.current_time() * 1e9) == 500_000_000
        assert link.chain_der == (GOOD.der,)
        assert link.key_log

    assert shake(memory, then=then).failure is None


def test_one_task_may_send_while_another_waits_to_receive() -> None:
    server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        got: list[bytes] = []

        async def read() -> None:
            got.append(await link.receive())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked()
            await link.send(b"question" * 5000)
            memory.push(server.say(b"answer"))
        assert got == [b"answer"]
        assert server.received == b"question" * 5000

    shake(memory, then=then)


def test_a_peer_that_is_gone_does_not_disturb_the_close() -> None:
    _server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        async def gone(_data: bytes | memoryview, **_: bool) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        memory.send = gone  # type: ignore[method-assign]  # this end breaks from here on
        with pytest.raises(BrokenPipeError):
            await link.send(b"x")
        await link.aclose()
        assert memory.is_closed

    assert shake(memory, then=then).failure is None


def test_the_goodbye_waits_for_nobody() -> None:
    _server, memory = served([GOOD])

    async def then(link: TlsLink) -> None:
        async def stuck(_data: bytes | memoryview, **_: bool) -> None:
            await trio.sleep_forever()

        memory.send = stuck  # type: ignore[method-assign]  # the kernel's buffer is full
        before = trio.current_time()
        await link.aclose()
        assert trio.current_time() - before == pytest.approx(0.2)
        assert memory.is_closed

    assert shake(memory, then=then).failure is None
