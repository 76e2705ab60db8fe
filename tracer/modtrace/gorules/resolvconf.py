"""``/etc/resolv.conf`` as Go reads it (Go 1.26 net/dnsconfig_unix.go dnsReadConfig, net/parse.go readLine, dtoi)."""

from collections.abc import Iterator
from typing import Final

import msgspec

from modtrace.gorules.dnsnames import ensure_rooted, literal_address

DNS_PORT: Final = 53
DEFAULT_SERVERS: Final = ("127.0.0.1", "::1")  # net/dnsconfig.go defaultNS, both on port 53
_SERVERS_COUNT = 3  # net/dnsconfig_unix.go: "small, but the standard limit"
_NDOTS_MOST = 15
_LINE_BYTES = 64 * 1024  # net/parse.go open: a longer line ends the reading, silently
_BIG = 0xFFFFFF  # net/parse.go big
_SPACE = " \r\t\n"


class ResolvConf(msgspec.Struct, frozen=True, kw_only=True):
    """What the pure Go resolver works with. ``servers`` are literal addresses as written; the port is always 53.

    ``unknown_words`` are what Go does not know; they matter only where libc could be asked instead.
    """

    servers: tuple[str, ...] = DEFAULT_SERVERS
    servers_are_default: bool = True
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout_s: int = 5
    attempts: int = 2
    rotate: bool = False
    single_request: bool = False
    use_tcp: bool = False
    trust_ad: bool = False
    no_reload: bool = False
    unknown_words: tuple[str, ...] = ()


def parse_resolv_conf(data: bytes | None, hostname: str) -> ResolvConf:
    """The settings in ``data``; ``None`` (no file, or an unreadable one) and an empty file give Go's defaults."""
    draft = _Draft()
    for line in file_lines(data or b""):
        if line.startswith((";", "#")):
            continue
        words = fields(line)
        if words:
            draft.take(words)
    return ResolvConf(
        servers=tuple(draft.servers) or DEFAULT_SERVERS,
        servers_are_default=not draft.servers,
        search=tuple(draft.search) or default_search(hostname),
        ndots=draft.ndots,
        timeout_s=draft.timeout_s,
        attempts=draft.attempts,
        rotate="rotate" in draft.flags,
        single_request="single_request" in draft.flags,
        use_tcp="use_tcp" in draft.flags,
        trust_ad="trust_ad" in draft.flags,
        no_reload="no_reload" in draft.flags,
        unknown_words=tuple(draft.unknown_words),
    )


# "edns0" is known and has no effect: Go always speaks EDNS0 (unless GODEBUG=netedns0=0).
_FLAGS: dict[str, str] = {
    "rotate": "rotate",
    "single-request": "single_request",
    "single-request-reopen": "single_request",
    "use-vc": "use_tcp",
    "usevc": "use_tcp",
    "tcp": "use_tcp",
    "trust-ad": "trust_ad",
    "edns0": "edns0",
    "no-reload": "no_reload",
}


class _Draft:
    """The settings while the lines are read; later lines win, name servers add up."""

    def __init__(self) -> None:
        self.servers: list[str] = []
        self.search: list[str] = []
        self.ndots = 1
        self.timeout_s = 5
        self.attempts = 2
        self.flags: set[str] = set()
        self.unknown_words: list[str] = []

    def take(self, words: list[str]) -> None:
        keyword, rest = words[0], words[1:]
        if keyword == "nameserver":
            if rest and len(self.servers) < _SERVERS_COUNT and literal_address(rest[0]) is not None:
                self.servers.append(rest[0])
        elif keyword == "domain":
            if rest:
                self.search = [ensure_rooted(rest[0])]
        elif keyword == "search":
            self.search = [rooted for rooted in map(ensure_rooted, rest) if rooted != "."]
        elif keyword == "options":
            for word in rest:
                self._option(word)
        elif keyword != "lookup":  # OpenBSD's; read there only
            self.unknown_words.append(keyword)

    def _option(self, word: str) -> None:
        if word.startswith("ndots:"):
            self.ndots = min(decimal(word[6:]), _NDOTS_MOST)
        elif word.startswith("timeout:"):
            self.timeout_s = max(decimal(word[8:]), 1)
        elif word.startswith("attempts:"):
            self.attempts = max(decimal(word[9:]), 1)
        elif word in _FLAGS:
            self.flags.add(_FLAGS[word])
        else:
            self.unknown_words.append(word)


def default_search(hostname: str) -> tuple[str, ...]:
    """The domain part of the machine's name, when it has one (dnsDefaultSearch)."""
    _, dot, domain = hostname.partition(".")
    return (ensure_rooted(domain),) if dot and domain else ()


def decimal(text: str) -> int:
    """The leading digits of ``text`` as a number, 0 without any, at most ``0xFFFFFF`` (dtoi)."""
    number = 0
    for char in text:
        if not "0" <= char <= "9":
            break
        number = number * 10 + int(char)
        if number >= _BIG:
            return _BIG
    return number


def fields(line: str) -> list[str]:
    """``line`` split at ASCII blanks only (getFields)."""
    for blank in _SPACE[1:]:
        line = line.replace(blank, " ")
    return [word for word in line.split(" ") if word]


def file_lines(data: bytes) -> Iterator[str]:
    """The lines that Go's 64 KiB buffer sees, a character a byte; a longer line hides itself and all after it."""
    for line in data.removesuffix(b"\n").split(b"\n") if data else ():
        if len(line) >= _LINE_BYTES:
            return
        yield line.decode("latin-1")
