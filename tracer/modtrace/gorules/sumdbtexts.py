"""The checksum database's failures in go's words, and the comparison of a download with the proven lines.

Go 1.26 cmd/go/internal/modfetch/fetch.go, checkSumDB, sumdbMismatch, sumdbAbsent; x/mod/sumdb/client.go, checkTrees.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from modtrace.gorules import tlog
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, Json, StepFailed

MISMATCH_TEXT: Final = """

SECURITY ERROR
This download does NOT match the one reported by the checksum server.
The bits may have been replaced on the origin server, or an attacker may
have intercepted the download attempt.

For more information, see 'go help module-auth'.
"""
ABSENT_TEXT: Final = """

SECURITY ERROR
This download does NOT match one reported by the checksum server.
The checksum server has provided checksums, but the checksums do
not contain an entry for the download.
The checksum server may be malfunctioning, or an attacker may have
intercepted the checksum request.
The download cannot be verified.

For more information, see 'go help module-auth'.
"""
FATAL: Final = "is_fatal"
"""In ``Failure.details``: go prints the text bare and exits at once; no level adds its words."""


def prefixed(failure: Failure, prefix: str) -> Failure:
    """One level up, unless go exits at the failure itself."""
    return failure if failure.details.get(FATAL) else failure.wrapped(prefix)


def verifying(failure: Failure, module: str, version: str) -> Failure:
    """The failed lookup in checkSumDB's words, with ``M@V: `` in front; ``version`` may end in ``/go.mod``."""
    return prefixed(failure, f"{_outer(module, version)}verifying {_noun(version)}: ")


def check_sum(lines: Sequence[str], module: str, version: str, downloaded: str, database: str) -> None:
    """Compare a download's ``h1:`` hash with the proven lines; raises :class:`StepFailed` with go's text."""
    prefix = f"{module} {version} h1:"
    for line in lines:
        if line == f"{module} {version} {downloaded}":
            return
        if line.startswith(prefix):
            raise _mismatch(module, version, downloaded, database, line[len(prefix) - len("h1:") :])
    text = f"{_outer(module, version)}verifying {_noun(version)}: checksum missing from sumdb response{ABSENT_TEXT}"
    raise StepFailed(
        Failure(
            cause="sumdb.no_record",
            side="unknown",
            text=f"the checksum database's record has no line for {module} {version}",
            go_text=text,
        )
    )


def _mismatch(module: str, version: str, downloaded: str, database: str, recorded: str) -> StepFailed:
    text = f"checksum mismatch\n\tdownloaded: {downloaded}\n\t{database}: {recorded}{MISMATCH_TEXT}"
    return StepFailed(
        Failure(
            cause="sumdb.mismatch.go_mod" if version.endswith("/go.mod") else "zip.hash_mismatch.sumdb",
            side="unknown",
            text=f"{module} {version} hashes to {downloaded}, {database} has recorded {recorded}",
            go_text=f"{_outer(module, version)}verifying {_noun(version)}: {text}",
            details={"downloaded": downloaded, "recorded": recorded},
        )
    )


def _noun(version: str) -> str:
    return "go.mod" if version.endswith("/go.mod") else "module"


def _outer(module: str, version: str) -> str:
    return f"{module}@{version.removesuffix('/go.mod')}: "


def readable(data: bytes) -> str:
    """Bytes of a stranger as text that any record can hold."""
    return data.decode("utf-8", "replace")


def refused(
    cause: Cause,
    go_text: str,
    *,
    is_local: bool = False,
    hangs: bool = False,
    evidence: Mapping[str, bytes] | None = None,
    limit: str | None = None,
) -> StepFailed:
    """What was read is wrong. From a file of this machine it is the local state that is damaged."""
    details: dict[str, Json] = {key: readable(value) for key, value in (evidence or {}).items()}
    return StepFailed(
        Failure(
            cause="sumdb.local_state_damaged" if is_local else cause,
            side="local" if is_local else "unknown",
            text=f"the checksum database's {'local state' if is_local else 'answer'}: {go_text.splitlines()[0]}",
            go_text=None if hangs else go_text,
            hangs=hangs,
            limit=limit,
            details=details,
        )
    )


def remote_failure(failure: Failure, path: str) -> Failure:
    """A read that did not come, as the database's failure; the cause below it is kept in the details."""
    return msgspec.structs.replace(
        failure,
        cause=_database_cause(failure.cause, path),
        text=f"the checksum database's {path}: {failure.text}",
        is_not_exist=False,  # Go formats the error with %v, so that no later `,` sees a 404 in it
        details={**failure.details, "because": failure.cause, "path": path},
    )


def _database_cause(cause: Cause, path: str) -> Cause:
    if cause.startswith(("sumdb.", "config.")):  # config: what the user set up is at fault, whoever was asked
        return cause
    if cause in {"http.not_found", "http.gone"} and path.startswith("/lookup/"):
        return "sumdb.no_record"
    return "sumdb.server_error" if cause.startswith("http.") else "sumdb.unreachable"


def forked(older: bytes, newer: bytes, proof: Sequence[bytes], problem: str | None) -> StepFailed:
    """Two signed heads that cannot be of one log. Both notes are the evidence; go prints them and exits."""
    text = (
        "SECURITY ERROR\ngo.sum database server misbehavior detected!\n\n"
        f"old database:\n\t{_indented(older)}\nnew database:\n\t{_indented(newer)}\n"
        f"proof of misbehavior:\n\t{tlog.shown(proof[0])}"
    )
    if problem is None:
        text += "".join(f"\n\t{tlog.shown(digest)}" for digest in proof[1:])
    else:
        text += f"\tinternal error: {problem}\n"
    return StepFailed(
        Failure(
            cause="sumdb.inconsistent",
            side="origin",
            text="the checksum database signed two trees that contradict each other",
            go_text=text,
            details={
                FATAL: True,
                "old_note": readable(older),
                "new_note": readable(newer),
                "proof": [tlog.shown(digest) for digest in proof],
            },
        )
    )


def _indented(note: bytes) -> str:
    return readable(note).replace("\n", "\n\t")
