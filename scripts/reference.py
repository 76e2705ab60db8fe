"""Writes ``docs/reference/`` from the code's own tables; ``--check`` only says whether a page has drifted.

A page is one function here and one line in ``PAGES``.
"""

import argparse
import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, get_args

ROOT = Path(__file__).resolve().parent.parent
DIRECTORY = ROOT / "docs" / "reference"
for source_root in ("tracer", "capture", "reports", "lab", "."):
    sys.path.insert(0, str(ROOT / source_root))

from scripts.schemas import events_schema, summary_schema  # noqa: E402

from modtrace.diagnosis.wording import wording_of  # noqa: E402 - the path above must stand first
from modtrace.record import causes, limits, phases  # noqa: E402

NOTICE: Final = "<!-- Written by scripts/reference.py from the code. Don't edit. -->\n"


class Limit(NamedTuple):
    section: str
    name: str
    value: str
    comment: str


def causes_page() -> str:
    """Every cause, by layer, with the sentence that a report words it with."""
    out = [NOTICE, "# Causes\n", "The verdict's `layer` and `cause`. Names are added, never renamed or reused.\n"]
    out.append("A dotted path refines the shorter one, so match by prefix: `tls.reset` and all that begins with it.\n")
    for layer in causes.LAYERS:
        out += [f"\n## {layer}\n", "| cause | what it says |", "|---|---|"]
        names = [name for name in get_args(causes.Cause) if causes.layer_of(name) == layer]
        out += [f"| `{name}` | {cell(wording_of(name).sentence)} |" for name in names]
    return "\n".join(out) + "\n"


def phases_page() -> str:
    """Every phase with its meaning."""
    out = [NOTICE, "# Phases\n", "The kinds of span that a trace is made of.\n", "| phase | meaning |", "|---|---|"]
    out += [f"| `{name}` | {cell(meaning)} |" for name, meaning in phases.MEANINGS.items()]
    return "\n".join(out) + "\n"


def limits_page() -> str:
    """Every named limit with its value and where it comes from."""
    out = [NOTICE, "# Limits\n", "A failure that hits one names it. Units stand in the names.\n"]
    section = ""
    for limit in named_limits():
        if limit.section != section:
            section = limit.section
            out += [f"\n## {section}\n", "| limit | value | source |", "|---|---|---|"]
        out.append(f"| `{limit.name}` | {limit.value} | {cell(limit.comment)} |")
    return "\n".join(out) + "\n"


def names_json() -> str:
    """The closed lists for programs."""
    lists = {
        "layers": list(causes.LAYERS),
        "sides": list(get_args(causes.Side)),
        "confidences": list(get_args(causes.Confidence)),
        "causes": list(get_args(causes.Cause)),
        "phases": list(get_args(phases.PhaseName)),
        "limits": {limit.name: getattr(limits, limit.name) for limit in named_limits()},
    }
    return json.dumps(lists, indent=2) + "\n"


def events_schema_json() -> str:
    """A line of ``events.jsonl`` for programs."""
    return json.dumps(events_schema(), indent=2) + "\n"


def summary_schema_json() -> str:
    """``summary.json`` for programs."""
    return json.dumps(summary_schema(), indent=2) + "\n"


def named_limits() -> list[Limit]:
    """The constants of ``record/limits.py`` in order, with the comment beside each and the heading above."""
    lines = Path(limits.__file__).read_text().splitlines()
    found = []
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            above = [line for line in lines[: node.lineno] if line.startswith("# --- ")]
            section = above[-1].removeprefix("# --- ").rstrip(" -") if above else ""
            _, _, comment = lines[(node.end_lineno or node.lineno) - 1].partition("  # ")
            found.append(Limit(section, node.target.id, f"{getattr(limits, node.target.id):,}", comment))
    return found


def cell(text: str) -> str:
    """Text that can't break out of a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


PAGES: Final[dict[str, Callable[[], str]]] = {
    "causes.md": causes_page,
    "phases.md": phases_page,
    "limits.md": limits_page,
    "names.json": names_json,
    "events.schema.json": events_schema_json,
    "summary.schema.json": summary_schema_json,
}


def drifted() -> list[str]:
    """Pages whose file isn't what the code says now."""
    return [
        name
        for name, page in PAGES.items()
        if not (DIRECTORY / name).exists() or (DIRECTORY / name).read_text() != page()
    ]


def main() -> int:
    """Write the pages, or 1 with ``--check`` when one has drifted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page has drifted")
    check = parser.parse_args().check
    changed = drifted()
    for name in changed:
        print(f"docs/reference/{name}: {'drifted; run python scripts/reference.py' if check else 'written'}")
        if not check:
            DIRECTORY.mkdir(parents=True, exist_ok=True)
            (DIRECTORY / name).write_text(PAGES[name]())
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
