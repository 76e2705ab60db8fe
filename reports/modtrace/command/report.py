"""``modtrace report`` and ``modtrace diagnose``: an old trace read, judged and rendered again."""

import sys
from pathlib import Path

from modtrace.command import exits
from modtrace.record.safe import safe
from modtrace.record.trace import Trace, TraceDamaged, read_lines
from modtrace.reports.formats import FORMATS
from modtrace.reports.summarize import summarize
from modtrace.tracer.world.bundle import Bundle


def run_report(trace: str, format_name: str, output: str | None) -> int:
    """Read ``trace`` (a bundle directory, or its ``events.jsonl``) and render it; returns the exit code."""
    try:
        loaded = load_trace(Path(trace))
    except (OSError, TraceDamaged) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        return _not_measured(f"cannot read {trace}: {reason}")
    if loaded.damage is not None:
        sys.stderr.write(f"modtrace: {safe(trace)} is damaged, what stands before it is shown: {safe(loaded.damage)}\n")
    text = FORMATS[format_name](summarize(loaded))
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return exits.OK
    path = Path(output)
    try:
        Bundle(path.parent).write(path.name, text.encode())
    except OSError as exc:
        return _not_measured(f"cannot write {output}: {exc.strerror}")
    return exits.OK


def load_trace(path: Path) -> Trace:
    """The trace of a bundle. Raises ``OSError`` or ``TraceDamaged``."""
    events = path / "events.jsonl" if path.is_dir() else path
    with events.open("rb") as file:
        return read_lines(file)


def _not_measured(text: str) -> int:
    sys.stderr.write(f"modtrace: {safe(text, limit=1000)}\n")
    return exits.NOT_MEASURED
