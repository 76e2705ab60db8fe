"""What a person sees: a table of phases with a bar each, what was noticed, the verdict, what to do.

tabulate's only door. Every string of a stranger passes ``safe``. Colours are the caller's choice (``NO_COLOR``).
"""

from collections.abc import Iterable

from tabulate import tabulate

from modtrace.record.safe import safe
from modtrace.record.summary import Finding, Phase, Summary, Verdict
from modtrace.reports.rows import Row, rows_of

_BAR_CELLS = 24
_ROWS_SHOWN = 2000
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_OUTCOME_MARK = {"ok": "ok", "failed": "FAILED", "abandoned": "lost", "skipped": "skipped"}
_VERDICT_HEAD = {
    "ok": "OK",
    "failed": "FAILED",
    "suspicious": "SUSPICIOUS",
    "incomplete": "INCOMPLETE",
}
_COLOURS = {"ok": "32", "failed": "31", "suspicious": "33", "incomplete": "33"}


def render(summary: Summary, *, colour: bool = False) -> str:
    """The whole report, ending in a newline."""
    parts = [
        _heading(summary),
        _table(rows_of(summary), summary.timing.wall_s),
        _artifacts(summary),
        _verdict(summary.verdict, colour=colour),
        _other_findings(summary),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(summary: Summary) -> str:
    asked = f"{safe(summary.request.module)}@{safe(summary.request.version)}"
    resolved = summary.request.resolved
    if resolved and resolved != summary.request.version:
        asked += f" (resolved to {safe(resolved)})"
    lines = [asked]
    goproxy = next((setting for setting in summary.settings if setting.name == "GOPROXY"), None)
    if goproxy is not None:
        lines.append(f"GOPROXY={safe(goproxy.value)} (from {goproxy.origin})")
    return "\n".join([*lines, *_routes(summary)])


def _routes(summary: Summary) -> list[str]:
    """The way to each module server and the rule that decided it, once any network proxy plays a part."""
    plan = next((phase for phase in summary.phases if phase_name(phase) == "config.plan"), None)
    routes = plan.attributes.get("routes") if plan is not None else None
    lines: list[str] = []
    for route in routes if isinstance(routes, list) else []:
        if not isinstance(route, dict):
            continue
        through, rule, target = route.get("through"), str(route.get("rule", "")), str(route.get("target", ""))
        hops = [str(hop) for hop in through] if isinstance(through, list) else []
        if hops:
            lines.append(f"{safe(target)} through {safe(', then '.join(hops))} ({safe(rule)})")
        elif "is not set" not in rule:
            lines.append(f"{safe(target)} directly ({safe(rule)})")
    return lines


def _table(rows: list[Row], wall_s: float) -> str:
    """All rows; of a very long run the first and the last ones, and how many stand between."""
    left_out = len(rows) - _ROWS_SHOWN
    if left_out <= 0:
        return _grid(rows, wall_s)
    half = _ROWS_SHOWN // 2
    return (
        f"{_grid(rows[:half] + rows[-half:], wall_s)}\n({left_out} rows in the middle are left out; the JSON has all)"
    )


def _grid(rows: Iterable[Row], wall_s: float) -> str:
    cells = [
        (
            row.phase,
            safe(row.subject, limit=72),
            _duration(row.duration_s),
            _bar(row.start_s, row.duration_s, wall_s),
            _OUTCOME_MARK[row.outcome]
            if not row.detail
            else f"{_OUTCOME_MARK[row.outcome]}, {safe(row.detail, limit=60)}",
        )
        for row in rows
    ]
    if not cells:
        return ""
    return tabulate(
        cells,
        headers=("phase", "of what", "time", f"{'start → end':<{_BAR_CELLS}}", "result"),
        tablefmt="simple",
        disable_numparse=True,
        preserve_whitespace=True,
        colalign=("left", "left", "right", "left", "left"),
    )


def _bar(start_s: float, duration_s: float, wall_s: float) -> str:
    """Where the phase lies in the whole run, in eighths of a cell; never empty, never past the edge."""
    if wall_s <= 0:
        return " " * _BAR_CELLS
    start = max(0, min(int(start_s / wall_s * _BAR_CELLS), _BAR_CELLS - 1))
    eighths = max(1, round(duration_s / wall_s * _BAR_CELLS * 8))
    full, rest = divmod(min(eighths, (_BAR_CELLS - start) * 8), 8)
    bar = " " * start + _EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else "")
    return f"{bar:<{_BAR_CELLS}}"


def _duration(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _artifacts(summary: Summary) -> str:
    made = summary.artifacts
    lines = [f"go.mod  {safe(made.mod)}" if made.mod else "", f"zip     {safe(made.zip)}" if made.zip else ""]
    if made.sumdb is not None:
        word = "proved" if made.sumdb.verified else "NOT proved"
        lines.append(
            f"sumdb   {word} by {safe(made.sumdb.name)}: record {made.sumdb.record} "
            f"in the tree of {made.sumdb.tree_size}"
        )
    return "\n".join(line for line in lines if line)


def _verdict(verdict: Verdict, *, colour: bool) -> str:
    head = _VERDICT_HEAD[verdict.outcome]
    if colour:
        head = f"\x1b[1;{_COLOURS[verdict.outcome]}m{head}\x1b[0m"
    lines = [f"{head}: {safe(verdict.summary, limit=600)}"]
    if verdict.cause:
        lines.append(f"  cause       {verdict.cause} ({verdict.confidence}), side: {verdict.side}")
    if verdict.where:
        lines.append(f"  where       {safe(verdict.where)}")
    lines += _go_lines(verdict)
    lines += [
        f"  seen        {safe(evidence.text, limit=300)}{_span(evidence.span)}" for evidence in verdict.evidence[:4]
    ]
    for fix in verdict.fixes:
        lines.append(f"  try         {safe(fix.do)}")
        lines.append(f"              {safe(fix.because, limit=300)}")
        if fix.costs:
            lines.append(f"              cost: {safe(fix.costs, limit=300)}")
    return "\n".join(lines)


def _go_lines(verdict: Verdict) -> list[str]:
    if verdict.go.hangs:
        return ["  go itself   prints nothing and waits for ever"]
    if verdict.go.error is None:
        return []
    shown = verdict.go.error.splitlines() or [""]
    after = "" if verdict.go.after_s is None else f" (after {_duration(verdict.go.after_s)})"
    first = f"  go itself   {safe(shown[0], limit=400)}{after}"
    return [first] + [f"              {safe(line, limit=400)}" for line in shown[1:12]]


def _span(span: int | None) -> str:
    return "" if span is None else f" [span {span}]"


def _other_findings(summary: Summary) -> str:
    others = [finding for finding in summary.findings if not _is_the_verdict(finding, summary.verdict)]
    if not others:
        return ""
    lines = ["Also noticed:"]
    lines += [f"  {finding.cause} ({finding.confidence}): {safe(finding.summary, limit=400)}" for finding in others]
    return "\n".join(lines)


def _is_the_verdict(finding: Finding, verdict: Verdict) -> bool:
    return finding.cause == verdict.cause and finding.where == verdict.where


def phase_name(phase: Phase) -> str:
    """``tcp.connect`` again, from the two fields."""
    return f"{phase.layer}.{phase.name}"


FORMAT = render
