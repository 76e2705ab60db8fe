"""RFC 3339 times as Go's ``time`` package reads them, with its words when it does not.

Go 1.26 time/format_rfc3339.go (parseRFC3339, parseStrictRFC3339) and time/format.go (Parse, ParseError).
"""

import re
from datetime import UTC, datetime, timedelta

from modtrace.gorules.goquote import quote

LAYOUT = "2006-01-02T15:04:05Z07:00"
ZERO = datetime(1, 1, 1, tzinfo=UTC)
"""Go's zero time, what a missing ``Time`` field gives."""

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII)
_PIECES = (
    ("2006", re.compile(r"\d{4}", re.ASCII)),
    ("-", re.compile("-")),
    ("01", re.compile(r"\d\d", re.ASCII)),
    ("-", re.compile("-")),
    ("02", re.compile(r"\d\d", re.ASCII)),
    ("T", re.compile("T")),
    ("15", re.compile(r"\d\d?", re.ASCII)),
    (":", re.compile(":")),
    ("04", re.compile(r"\d\d", re.ASCII)),
    (":", re.compile(":")),
    ("05", re.compile(r"\d\d(?:[.,]\d+)?", re.ASCII)),
    ("Z07:00", re.compile(r"Z|[+-]\d\d:\d\d", re.ASCII)),
)


class TimeError(ValueError):
    """``parsing time "x" as "…": cannot parse "x" as "2006"``; the text is go's."""


def parse_rfc3339(text: str) -> datetime:
    """The instant in UTC, to the microsecond; raises :class:`TimeError`."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise TimeError(_syntax_text(text))
    year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    for name, value, low, high in (("month", month, 1, 12), ("hour", hour, 0, 23), ("minute", minute, 0, 59)):
        if not low <= value <= high:
            raise TimeError(f"parsing time {quote(text)}: {name} out of range")
    if second > 59:
        raise TimeError(f"parsing time {quote(text)}: second out of range")
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0)) * (-1 if match[8] == "-" else 1)
    if not 1 <= day <= _days_in(month, year):
        raise TimeError(f"parsing time {quote(text)}: day out of range")
    try:
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC) - offset
    except (ValueError, OverflowError):  # the years 0 and 9999 at their edges, which Go can hold and Python cannot
        return ZERO


def _days_in(month: int, year: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _syntax_text(text: str) -> str:
    """Which piece of the layout did not fit."""
    at = 0
    for piece, pattern in _PIECES:
        match = pattern.match(text, at)
        if match is None:
            rest = quote(text[at:])
            return f"parsing time {quote(text)} as {quote(LAYOUT)}: cannot parse {rest} as {quote(piece)}"
        at = match.end()
    return f"parsing time {quote(text)}: extra text: {quote(text[at:])}"
