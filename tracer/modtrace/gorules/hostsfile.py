"""``/etc/hosts`` as Go reads it (Go 1.26 net/hosts.go readHosts, lookupStaticHost)."""

import msgspec

from modtrace.gorules.dnsnames import absolute_name, literal_address, lower_ascii
from modtrace.gorules.resolvconf import fields, file_lines


class HostsEntry(msgspec.Struct, frozen=True, kw_only=True):
    """All addresses of one name, in the file's order, and the first name of the line that introduced it."""

    addresses: tuple[str, ...]
    canonical: str


def parse_hosts(data: bytes | None) -> dict[str, HostsEntry]:
    """Entries by lower-case name; names with a dot inside have a trailing one. ``None``: no file, no entries."""
    entries: dict[str, HostsEntry] = {}
    for line in file_lines(data or b""):
        words = fields(line.partition("#")[0])
        address = literal_address(words[0]) if len(words) > 1 else None
        if address is None:
            continue
        keys = [absolute_name(lower_ascii(word)) for word in words[1:]]
        for key in keys:
            known = entries.get(key)
            entries[key] = HostsEntry(
                addresses=(*(known.addresses if known else ()), address),
                canonical=known.canonical if known else keys[0],
            )
    return entries


def lookup_hosts(data: bytes | None, host: str) -> HostsEntry | None:
    """The entry of ``host``; a hit ends the lookup, for both address families (goLookupIPFiles)."""
    as_bytes = host.encode("utf-8", "surrogateescape").decode("latin-1")
    return parse_hosts(data).get(absolute_name(lower_ascii(as_bytes)))
