"""The command line of ``fetch`` as checked values; what no fetch can be made of is refused in one line."""

import time
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from modtrace.gorules.proxyroute import Hop, parse_via
from modtrace.record.causes import CAUSES, refines
from modtrace.record.failures import GoRuleError


class FetchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``modtrace fetch``'s options."""

    module: str
    version: str
    output: str | None
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
    via: tuple[Hop, ...]
    force: bool
    no_color: bool
    quiet: bool
    verbose: int

    @classmethod
    def from_command_line(cls, given: Mapping[str, object]) -> "FetchOptions":
        """From click's parameters. Raises ``click.ClickException``."""
        values = dict(given)
        module, version = _module_and_version(str(values.pop("module_at_version")))
        values.update(
            module=module,
            version=version,
            timeout_s=values.pop("timeout"),
            patience_s=values.pop("patience"),
            accepted=_accepted(_strings(values.pop("accept"))),
            headers=_headers(_strings(values.pop("header"))),
            via=_via(_strings(values.pop("via"))),
        )
        return msgspec.convert(values, cls)

    def directory(self) -> Path:
        """Where the bundle goes: ``-o``, or ``./modtrace-<module>-<version>-<time>``."""
        if self.output:
            return Path(self.output)
        stamp = time.strftime("%Y%m%dT%H%M%S")
        name = f"modtrace-{self.module}-{self.version}-{stamp}"
        return Path("".join(char if char.isalnum() or char in "._-" else "_" for char in name)[:200])


def _module_and_version(text: str) -> tuple[str, str]:
    module, at, version = text.partition("@")
    if not at:
        raise click.UsageError(
            f"{text!r} is not MODULE@VERSION, such as example.com/hello@v1.0.0 or example.com/hello@latest"
        )
    return module, version


def _strings(value: object) -> tuple[str, ...]:
    return msgspec.convert(value, tuple[str, ...]) if value else ()


def _accepted(names: tuple[str, ...]) -> frozenset[str]:
    words = [word for name in names for word in name.replace(",", " ").split()]
    for word in words:
        if not any(refines(cause, word) for cause in CAUSES):
            raise click.UsageError(f"--accept {word}: there is no such cause")
    return frozenset(words)


def _via(given: tuple[str, ...]) -> tuple[Hop, ...]:
    """The chain, nearest first; from the environment as one line with spaces."""
    try:
        return tuple(parse_via(word) for text in given for word in text.split())
    except GoRuleError as error:
        raise click.UsageError(error.text) from None  # not repeated as written: it may hold a password


def _headers(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for text in given:
        name, colon, value = text.partition(":")
        if not colon or not name.strip() or any(char in text for char in "\r\n\0"):
            raise click.UsageError("--header: what was given is not 'Name: value'")  # not repeated: it may be a secret
        found.append((name.strip(), value.strip()))
    return tuple(found)
