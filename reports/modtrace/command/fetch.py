"""``modtrace fetch``: plan, run, judge, print. The order of the wiring, and the exit code."""

import os
import sys
from typing import TYPE_CHECKING

from modtrace.command import exits
from modtrace.command.options import FetchOptions
from modtrace.record.safe import safe
from modtrace.tracer.orders import Orders
from modtrace.tracer.run import Run, Watcher
from modtrace.tracer.world.bundle import Bundle, BundleError
from modtrace.tracer.world.real import RealWorld

if TYPE_CHECKING:
    from modtrace.record.recorder import Recorder
    from modtrace.record.summary import Summary


def run_fetch(options: FetchOptions) -> int:
    """The whole command; returns the exit code."""
    run = Run(_orders(options), RealWorld())
    run.prepare()
    if run.refusal is not None:
        return _refused(options, run)
    try:
        bundle = Bundle.create(options.directory(), force=options.force)
    except BundleError as exc:
        _say(str(exc))
        return exits.NOT_MEASURED if exc.is_unwritable else exits.UNUSABLE_INPUT
    if not options.quiet:
        for warning in run.warnings:
            _say(f"warning: {warning}")
    ended = run.execute(bundle, _beside(options))
    summary = _summary(options, run)
    _write_summary(bundle, summary)
    if ended.crash is not None:
        sys.stderr.write(ended.crash)
        _say(f"this is a bug in modtrace; the trace so far is in {bundle.directory}")
        return exits.INTERNAL
    if ended.lost_bytes:
        _say(f"{ended.lost_bytes} bytes of events could not be written to {bundle.directory}: the disk is full?")
    if not _print_report(options, summary):
        return exits.NOT_MEASURED
    if not options.quiet:
        _say(f"the trace is in {bundle.directory}")
    return exits.exit_code_of(summary.verdict, interrupted_by=ended.interrupted_by)


def _beside(options: FetchOptions) -> Watcher:
    """What runs beside the fetch; its code is loaded with the fetch's, after the first packet."""

    async def beside(recorder: "Recorder") -> None:
        from modtrace.command.beside import run_beside

        await run_beside(recorder, is_quiet=options.quiet, shows_table=not options.as_json)

    return beside


def _orders(options: FetchOptions) -> Orders:
    return Orders(
        module=options.module,
        query=options.version,
        goproxy=options.goproxy,
        gosumdb=options.gosumdb,
        headers=options.headers,
        patience_s=options.patience_s,
        timeout_s=options.timeout_s,
        vantage=options.vantage,
        keeps_keys=options.keep_keys,
        via=options.via,
        makes_probes=options.probe == "auto",
    )


def _refused(options: FetchOptions, run: Run) -> int:
    """Go would refuse this before any packet: one line, nothing written."""
    assert run.refusal is not None
    origin = f" (from {run.refusal.origin})" if run.refusal.origin else ""
    _say(run.recorder.redactor.text(run.refusal.text) + origin)
    if options.as_json:
        _print_report(options, _summary(options, run))
    return exits.UNUSABLE_INPUT


def _summary(options: FetchOptions, run: Run) -> "Summary":
    from modtrace.record.trace import from_events
    from modtrace.reports.summarize import summarize

    return summarize(from_events(run.events), accepted=options.accepted)


def _write_summary(bundle: Bundle, summary: "Summary") -> None:
    from modtrace.record.summary import to_json

    try:
        bundle.write("summary.json", to_json(summary))
    except OSError as exc:
        _say(f"summary.json could not be written to {bundle.directory}: {exc.strerror}")


def _print_report(options: FetchOptions, summary: "Summary") -> bool:
    """On standard output; false when it takes nothing. A reader that went away (``| head``) is no failure."""
    text = _page(options, summary)
    try:
        sys.stdout.buffer.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as exc:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say(f"the report could not be written to standard output: {exc.strerror}")
        return False
    return True


def _page(options: FetchOptions, summary: "Summary") -> bytes:
    if options.as_json:
        from modtrace.record.summary import to_json

        return to_json(summary)
    from modtrace.reports.formats.terminal import render

    return render(summary, colour=_wants_colour(options)).encode(sys.stdout.encoding or "utf-8", "replace")


def _wants_colour(options: FetchOptions) -> bool:
    environ = RealWorld().environ()
    if options.no_color or environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def _say(text: str) -> None:
    """One line for a person, on standard error."""
    sys.stderr.write(f"modtrace: {safe(text, limit=1000)}\n")
