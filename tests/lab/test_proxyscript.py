"""Lines of a script, as the other end hears them."""

import pytest
import trio
import trio.testing

from modtrace.lab.proxyscript import ENDLESS_BYTES, HONEST, Prompter, Say, speak


def heard(line: Say, honest: bytes = b"honest") -> tuple[bytes, bool, float]:
    """What arrived, whether it goes on, and when it had been said."""

    async def main() -> tuple[bytes, bool, float]:
        ours, theirs = trio.testing.memory_stream_pair()
        got, end = bytearray(), list[tuple[bool, float]]()

        async def proxy() -> None:
            goes_on = await speak(theirs, line, honest)
            end.append((goes_on, trio.current_time()))
            await theirs.aclose()

        async with trio.open_nursery() as nursery:
            start = trio.current_time()
            nursery.start_soon(proxy)
            await trio.sleep(50)
            await ours.send_eof()  # whoever holds its tongue waits for this
            async for data in ours:
                got += data
        return bytes(got), end[0][0], end[0][1] - start

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_the_honest_words_are_said_at_once_and_it_goes_on() -> None:
    assert heard(HONEST) == (b"honest", True, 0.0)


def test_a_line_of_its_own_replaces_them() -> None:
    assert heard(Say(data=b"other"))[:2] == (b"other", True)
    assert heard(Say(data=b""))[:2] == (b"", True)


def test_pieces_come_with_pauses_between_them() -> None:
    assert heard(Say(piece_bytes=2, pause_s=1.5)) == (b"honest", True, 3.0)


def test_holding_waits_until_the_client_goes() -> None:
    assert heard(Say(then="hold")) == (b"honest", False, 50.0)


def test_closing_is_an_end() -> None:
    assert heard(Say(data=b"bye", then="close"))[:2] == (b"bye", False)


def test_the_nth_line_is_for_the_nth_time() -> None:
    prompter = Prompter({"head": (Say(data=b"1"), Say(data=b"2")), "auth": Say(data=b"a")})
    assert [prompter.line("head").data for _ in range(3)] == [b"1", b"2", b"2"]
    assert [prompter.line("auth").data for _ in range(2)] == [b"a", b"a"]
    assert prompter.line("tunnel") is HONEST


@pytest.mark.parametrize("piece", [b"x" * (1 << 20)])
def test_endless_words_end_at_their_bound(piece: bytes) -> None:
    class Counting(trio.abc.SendStream):
        sent = 0

        async def send_all(self, data: bytes | bytearray | memoryview) -> None:
            self.sent += len(data)
            await trio.lowlevel.checkpoint()

        async def wait_send_all_might_not_block(self) -> None: ...
        async def aclose(self) -> None: ...

    async def main() -> int:
        stream = Counting()
        await speak(stream, Say(data=b"!", endless=piece), b"")  # type: ignore[arg-type]  # only sends
        return stream.sent

    assert trio.run(main) == ENDLESS_BYTES + 1
