"""``modtrace fetch``: plan, run, record, judge, print. The order of the wiring, and the exit code."""

import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from modtrace.command import exits
from modtrace.record.events import Event
from modtrace.record.failures import GoRuleError
from modtrace.record.safe import safe
from modtrace.tracer.world.bundle import Bundle, BundleError


class FetchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The command line, checked."""

    module: str
    version: str
    output: Path | None
    as_json: bool
    timeout_s: float | None
    patience_s: float
    goproxy: str | None
    gosumdb: str | None
    capture: str
    probe: str
    vantage: str
    accepted: frozenset[str]
    headers: tuple[tuple[str, str], ...]
    keep_keys: bool
    force: bool
    no_color: bool
    quiet: bool
    verbose: int

    @classmethod
    def from_command_line(cls, given: Mapping[str, object]) -> "FetchOptions":
        """From click's parameters. Raises ``click.ClickException`` for what no fetch can be made of."""
        module, version = _module_and_version(str(given["module_at_version"]))
        output = given["output"]
        timeout, patience = given["timeout"], given["patience"]
        return cls(
            module=module,
            version=version,
            output=Path(str(output)) if output else None,
            as_json=bool(given["as_json"]),
            timeout_s=float(timeout) if isinstance(timeout, int | float) else None,
            patience_s=float(patience) if isinstance(patience, int | float) else 30.0,
            goproxy=_optional(given["goproxy"]),
            gosumdb=_optional(given["gosumdb"]),
            capture=str(given["capture"]),
            probe=str(given["probe"]),
            vantage=str(given["vantage"]),
            accepted=_accepted(given["accept"]),
            headers=_headers(given["header"]),
            keep_keys=bool(given["keep_keys"]),
            force=bool(given["force"]),
            no_color=bool(given["no_color"]),
            quiet=bool(given["quiet"]),
            verbose=int(str(given["verbose"])),
        )


def run_fetch(options: FetchOptions) -> int:
    """The whole command; returns the exit code."""
    from modtrace.tracer.run import Ended, Run

    run = Run.prepare(_orders(options))
    refusal = run.plan()
    if refusal is not None:
        return _refused(options, run.events, refusal)
    try:
        bundle = Bundle.create(_directory(options), force=options.force)
    except BundleError as exc:
        _say(str(exc))
        return exits.UNUSABLE_INPUT if exc.errno is None else exits.NOT_MEASURED
    for warning in run.warnings:
        _hint(options, warning)
    ended: Ended = run.execute(bundle, on_run=_watcher(options))
    return _finish(options, run.events, bundle, ended.interrupted_by, ended.crash)


def _orders(options: FetchOptions) -> "object":
    from modtrace.tracer.run import Orders

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
    )
