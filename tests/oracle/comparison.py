"""Are two request logs the same? The definition, and the words for a log.

**Same requests**: method, host, target, protocol, every header; ports by name.

**Same order**: a log becomes a list of groups, each an unordered multiset. A request joins the group before it when

1. it began before an earlier request had been answered (the last byte handed over): the client did not wait for it; or
2. it and every member of that group ask for a checksum database tile. go asks for the tiles of a batch all at once
   (x/mod/sumdb/client.go, ReadTiles), but a quick server may have answered the first before it sees the second.

Otherwise it opens a new group: it was sent after everything earlier had been answered. Two logs agree when their lists
of groups are equal. The numbers of connections are not compared: go races connections where requests are concurrent.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.oracle.harness import Outcome, Setting

from modtrace.lab.journal import Request

_NAMED = frozenset({"host", "user-agent", "accept-encoding", "referer"}) | {
    f":{name}" for name in ("method", "scheme", "authority", "path")
}


class Seen(NamedTuple):
    """What is compared of one request."""

    method: str
    host: str
    target: str
    protocol: str
    user_agent: str | None
    accept_encoding: str | None
    authorization: str | None
    referer: str | None
    others: tuple[tuple[str, str], ...]


def seen(request: Request, setting: Setting) -> Seen:
    """One request with its ports replaced by names."""
    referer = request.header("referer")
    return Seen(
        method=request.method,
        host=setting.normal(request.host or ""),
        target=setting.normal(request.target),
        protocol=request.protocol,
        user_agent=request.header("user-agent"),
        accept_encoding=request.header("accept-encoding"),
        authorization=request.header("authorization"),
        referer=None if referer is None else setting.normal(referer),
        others=tuple(sorted((name.lower(), value) for name, value in request.headers if name.lower() not in _NAMED)),
    )


def is_tile(request: Request) -> bool:
    return "/tile/" in request.path


def grouped(requests: Iterable[Request]) -> list[list[Request]]:
    """The groups of the definition above."""
    groups: list[list[Request]] = []
    open_until = 0.0
    for request in requests:
        overlaps = request.at_s < open_until
        tiles = bool(groups) and is_tile(request) and all(is_tile(one) for one in groups[-1])
        if groups and (overlaps or tiles):
            groups[-1].append(request)
        else:
            groups.append([request])
        open_until = max(open_until, float("inf") if request.answered_s is None else request.answered_s)
    return groups


def log(outcome: Outcome) -> list[Counter[Seen]]:
    """What two agreeing programs have in common."""
    return [Counter(seen(one, outcome.normal) for one in group) for group in grouped(outcome.requests)]


def shorthand(requests: Iterable[Request]) -> str:
    """A log in one line: ``a:info a:mod a:supported a:lookup a:tiles a:zip``.

    ``place:what``, where what is the file's name without ``v1.0.0.``, and a group of tiles is one word.
    """
    words: list[str] = []
    for group in grouped(requests):
        for word in _words(group):
            if not (words and words[-1] == word and word.endswith(":tiles")):
                words.append(word)
    return " ".join(words)


def _words(group: list[Request]) -> list[str]:
    """A HEAD runs beside the fetch, so that its place among the others is chance: such a group is sorted."""
    words = [f"{request.place}:{_what(request)}" for request in group]
    return sorted(words) if any(request.method == "HEAD" for request in group) else words


def _what(request: Request) -> str:
    if request.method == "HEAD":
        return "HEAD"
    if is_tile(request):
        return "tiles"
    if "/lookup/" in request.path:
        return "lookup"
    return request.path.rpartition("/")[2].removeprefix("v1.0.0.")
