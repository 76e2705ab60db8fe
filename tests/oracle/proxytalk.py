"""What the proxies heard, in words that two programs can be compared by.

HTTP heads are compared whole, byte for byte, and SOCKS messages too; only ports that differ from run to run are named.
One line is one message: ``p head CONNECT goproxy.test:443 HTTP/1.1|Host: …`` or ``p greeting 050100``.
"""

from collections.abc import Iterator

from tests.oracle.harness import Outcome


def talk(outcome: Outcome) -> list[str]:
    """Every message, in the order in which the proxies heard them."""
    return [_line(one.proxy, one.stage, one.data, outcome) for one in outcome.heard]


def handshakes(outcome: Outcome) -> list[tuple[str, str | None, str | None]]:
    """Of TLS with a proxy that came about: which, the server name, the protocol chosen; by connection."""
    journal = outcome.normal.proxies.journal
    return [(one.place, one.sni, one.alpn) for one in journal.connections if one.tls]


def _line(proxy: str, stage: str, data: bytes, outcome: Outcome) -> str:
    if stage == "head":
        return f"{proxy} head " + "|".join(outcome.normal.normal(text) for text in _lines(data))
    return f"{proxy} {stage} {data.hex()}"


def _lines(data: bytes) -> Iterator[str]:
    yield from data.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
