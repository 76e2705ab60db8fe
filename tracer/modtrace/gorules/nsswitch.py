"""``/etc/nsswitch.conf`` for the pure Go resolver of the official binary, which never asks libc.

Go 1.26 net/conf.go lookupOrder (with ``cgoAvailable`` false) and net/nss.go parseNSSConf. Criteria such as
``[NOTFOUND=return]`` are read, since a broken one spoils the whole file, and otherwise not honoured.
"""

from typing import Literal

from modtrace.gorules.resolvconf import file_lines

LookupOrder = Literal["files,dns", "dns,files", "files", "dns"]

_SPACE = " \t\n\r"


def lookup_order(data: bytes | None) -> LookupOrder:
    """Which of the hosts file and DNS is asked, and in what order. ``None``: no file, or an unreadable one."""
    sources = _hosts_sources(data or b"")
    if not sources:
        return "files,dns"
    first, has_files, has_dns = "", False, False
    for source in sources:
        if source == "files":
            has_files = True
        elif source == "dns" or "dns" not in sources:  # an unknown source counts as DNS unless DNS itself is named
            has_dns = True
        else:
            continue
        first = first or ("files" if source == "files" else "dns")
    if has_files and has_dns:
        return "files,dns" if first == "files" else "dns,files"
    return "files" if has_files else "dns" if has_dns else "files,dns"


def _hosts_sources(data: bytes) -> list[str] | None:
    """The words of every ``hosts:`` line; ``None`` when any line of the file is broken."""
    sources: list[str] = []
    for line in file_lines(data):
        text = line.partition("#")[0].strip(_SPACE)
        if not text:
            continue
        database, colon, rest = text.partition(":")
        words = _source_words(rest) if colon else None
        if words is None:
            return None
        if database.strip(_SPACE) == "hosts":
            sources += words
    return sources


def _source_words(text: str) -> list[str] | None:
    words: list[str] = []
    text = text.strip(_SPACE)
    while text:
        word, _, text = text.partition(" ")
        text = text.strip(_SPACE)
        words.append(word)
        if text.startswith("["):
            criteria, bracket, text = text[1:].partition("]")
            if not bracket or not _are_criteria(criteria):
                return None
            text = text.strip(_SPACE)
    return words


def _are_criteria(text: str) -> bool:
    """Every blank-separated piece is ``status=action``, maybe after ``!`` (parseCriteria)."""
    pieces = [piece.strip(_SPACE).removeprefix("!") for piece in text.split(" ") if piece.strip(_SPACE)]
    return all(len(piece) >= 3 and "=" in piece for piece in pieces)
