"""What a server does with a path, other than answer it well: one record per fault, chosen by a pattern of paths."""

import gzip
from collections.abc import Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Literal, Protocol

import msgspec

from modtrace.lab.journal import Headers, Request
from modtrace.lab.modules import Said

Fault = Literal[
    "none",
    "stall_before_head",
    "close_before_head",
    "reset_before_head",
    "endless_headers",
    "stall_in_body",
    "cut_in_body",
    "endless_body",
    "rst_stream",
    "goaway",
]
ENDLESS_BYTES = 1 << 30  # "endless" ends here, or with the server's lifetime
PIECE_BYTES = 16 << 10


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """How one request is treated. Whatever is left at its default is what the site would have said.

    ``after_bytes`` (of the body) belongs to the faults in the body, to ``rst_stream`` and ``goaway``; ``None`` puts
    those two before the head. In ``headers``, ``{name}`` stands for the base URL of the place of that name.
    ``unless_authorized``: the reply is for requests without ``Authorization`` only.
    """

    status: int | None = None
    reason: str | None = None
    headers: Headers = ()
    body: bytes | None = None
    content_type: str | None = None
    content_length: int | Literal["right", "none"] = "right"
    gzip: bool = False
    delay_s: float = 0.0
    fault: Fault = "none"
    after_bytes: int | None = None
    error_code: int = 0
    drip_bytes: int = 0
    drip_s: float = 0.0
    unless_authorized: bool = False


Faults = Mapping[str, Reply | tuple[Reply, ...]]
HONEST = Reply()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A status, its headers and its body, ready for the wire; ``how`` says in which way they go out."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    how: Reply
    is_head: bool = False

    @property
    def pieces(self) -> list[bytes]:
        """The body as it is handed over: up to the fault's point, in drips if asked for."""
        if self.is_head:
            return []
        cut = self.how.fault in ("stall_in_body", "cut_in_body", "rst_stream", "goaway")
        body = self.body[: self.how.after_bytes or 0] if cut else self.body
        size = self.how.drip_bytes or PIECE_BYTES
        return [body[start : start + size] for start in range(0, len(body), size)]


class Desk(Protocol):
    """Where the two HTTP servers hand in a request and get its answer."""

    def asked(self, protocol: str, method: str, target: str, headers: Headers) -> tuple[Request, Answer]: ...

    def answered(self, request: Request, status: int | None) -> None: ...


class Table:
    """Patterns of decoded paths (``fnmatch``): first match wins; of a tuple, the n-th request gets the n-th.

    A pattern with a space in it is one of a method and a path: ``HEAD *.info``.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._seen: dict[str, int] = {}

    def reply(self, path: str, *, authorized: bool, method: str = "GET") -> Reply:
        for pattern, replies in self._faults.items():
            if not fnmatchcase(f"{method} {path}" if " " in pattern else path, pattern):
                continue
            row = replies if isinstance(replies, tuple) else (replies,)
            seen = self._seen.get(pattern, 0)
            self._seen[pattern] = seen + 1
            chosen = row[min(seen, len(row) - 1)]
            return HONEST if chosen.unless_authorized and authorized else chosen
        return HONEST


def answer_of(said: Said, how: Reply) -> Answer:
    """The site's answer bent by ``how``."""
    status = how.status or said.status
    own = how.status is not None and how.body is None
    body = b"" if own else said.body if how.body is None else how.body
    content_type = how.content_type or (None if own else said.content_type)
    if how.gzip:
        body = gzip.compress(body, mtime=0)
    headers: list[tuple[str, str]] = []
    if content_type:
        headers.append(("Content-Type", content_type))
    if how.gzip:
        headers.append(("Content-Encoding", "gzip"))
    if how.content_length != "none" and how.fault != "endless_body" and status not in (204, 304):
        length = len(body) if how.content_length == "right" else how.content_length
        headers.append(("Content-Length", str(length)))
    headers += how.headers
    return Answer(status=status, reason=how.reason or _reason(status), headers=tuple(headers), body=body, how=how)


def text(status: int, words: str = "") -> Reply:
    """A refusal in plain text, as module servers give it."""
    return Reply(status=status, body=words.encode(), content_type="text/plain; charset=utf-8")


def html(status: int = 200, page: str = "<!doctype html><title>Sign in</title>\n<p>Please sign in.\n") -> Reply:
    """A page where data was expected."""
    return Reply(status=status, body=page.encode(), content_type="text/html; charset=utf-8")


def redirect(location: str | None, status: int = 302) -> Reply:
    """To ``location`` (``{name}`` is a place's base URL), or without the header that says where."""
    return Reply(status=status, headers=() if location is None else (("Location", location),))


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
