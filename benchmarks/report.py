"""The table as Markdown."""

import os
import platform
import shutil
import subprocess

from benchmarks.rows import Row, Section


def cells(row: Row) -> str:
    """One line of the table."""
    sign = "≥" if row.at_least else "≤"
    figure = f"{row.figure:.2f} ×" if row.unit == "×" else f"{row.figure:.0f} {row.unit}"
    goal = f"{sign} {row.goal:g} {row.unit}"
    verdict = "ok" if row.is_met else "**short**"
    return f"| {row.what} | {row.measured} | {row.beside or 'none'} | {figure} | {goal} | {verdict} |"


def version(*words: str) -> str:
    """The first line that a program says of itself, or that it is missing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if shutil.which(words[0], path=path) is None:
        return f"{words[0]}: not here"
    done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False, env={"PATH": path})
    return (done.stdout or done.stderr).strip().splitlines()[0]


def environment() -> list[str]:
    """What the figures depend on; no dates, no names."""
    return [
        f"{os.cpu_count()} CPUs, Linux {platform.release().partition('-')[0]}, CPython {platform.python_version()}",
        f"load average at the end: {os.getloadavg()[0]:.1f} (the benchmark alone makes less than 1)",
        version("go", "version"),
        version("curl", "--version").partition(" (")[0],
        version("nginx", "-v"),
        version("tcpdump", "--version"),
    ]


def markdown(sections: list[Section], rtt_s: float, rounds: int) -> str:
    """The whole page."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python benchmarks/run.py` (root; two network namespaces and a delay line of its own).",
        "Medians with the range beside them. Each goal limits the figure in the column before it.",
        "",
        "| what | modtrace | beside | figure | goal | |",
        "|---|---|---|---|---|---|",
    ]
    lines += [cells(row) for section in sections for row in section.rows]
    lines += ["", "## Beside the table", ""]
    lines += [f"- {note}" for section in sections for note in section.notes]
    lines += ["", "## Measured on", ""]
    lines += [f"- {rounds} interleaved rounds; the line's connect time, measured: {rtt_s * 1e3:.2f} ms (median)"]
    lines += [f"- {fact}" for fact in environment()]
    return "\n".join(lines) + "\n"
