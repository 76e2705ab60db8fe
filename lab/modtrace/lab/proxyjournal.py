"""What the lab's proxies heard: every message of a client, byte for byte, beside the connections that brought them."""

import msgspec

from modtrace.lab.journal import Headers, Journal
from modtrace.lab.proxyscript import Stage


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One message: an HTTP head with its blank line, or a SOCKS greeting, credentials or request."""

    number: int
    connection: int
    proxy: str
    stage: Stage
    data: bytes
    at_s: float

    @property
    def line(self) -> tuple[str, str, str]:
        """Method, target and protocol of a head; empty words where it has none."""
        words = self.data.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)
        method, target, protocol = (*words, "", "")[:3]
        return method, target, protocol

    @property
    def headers(self) -> Headers:
        """Of a head, in order and as written."""
        lines = self.data.decode("latin-1").split("\r\n")[1:]
        pairs = (one.partition(":") for one in lines if one)
        return tuple((name, value.strip()) for name, _, value in pairs)

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class ProxyJournal(Journal):
    """A journal that also keeps messages. Written by the proxies' thread only, read by any."""

    def __init__(self) -> None:
        super().__init__()
        self._heard: list[Heard] = []

    @property
    def heard(self) -> tuple[Heard, ...]:
        return tuple(self._heard)

    def told(self, connection: int, stage: Stage, data: bytes) -> Heard:
        one = Heard(
            number=len(self._heard),
            connection=connection,
            proxy=self.connections[connection].place,
            stage=stage,
            data=data,
            at_s=self.now_s(),
        )
        self._heard.append(one)
        return one
