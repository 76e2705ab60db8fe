"""One format each: a function from a summary to text. ``--format`` takes its choices from ``FORMATS``."""

from collections.abc import Callable

from modtrace.record.summary import Summary
from modtrace.reports.formats import json as json_format
from modtrace.reports.formats import terminal

Format = Callable[[Summary], str]

FORMATS: dict[str, Format] = {
    "table": terminal.FORMAT,
    "json": json_format.FORMAT,
}
