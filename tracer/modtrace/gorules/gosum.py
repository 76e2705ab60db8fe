"""go.sum: reading it, and what go says when a hash differs.

Go 1.26 cmd/go/internal/modfetch/fetch.go: readGoSum, HaveSum, RecordedSum, haveModSumLocked, isValidSum.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from modtrace.gorules.dirhash import EMPTY_GO_MOD
from modtrace.gorules.goquote import fields
from modtrace.record.failures import Failure, GoRuleError

_MISMATCH_ADVICE = """

SECURITY ERROR
This download does NOT match an earlier download recorded in go.sum.
The bits may have been replaced on the origin server, or an attacker may
have intercepted the download attempt.

For more information, see 'go help module-auth'.
"""
_SUM_CHARS = len("h1:") + 44  # base64 of SHA-256


class ModuleKey(NamedTuple):
    """``version`` carries ``/go.mod`` for the hash of the go.mod file alone."""

    path: str
    version: str


class GoSum(msgspec.Struct, frozen=True, kw_only=True):
    """The hashes by module version, in the file's order; hashes of unknown kinds are kept, but never decide."""

    hashes: Mapping[ModuleKey, Sequence[str]]

    def lookup(self, path: str, version: str) -> Sequence[str]:
        """Every hash recorded for ``path version`` (``version`` may end in ``/go.mod``)."""
        return self.hashes.get(ModuleKey(path, version), ())

    def has_sum(self, path: str, version: str) -> bool:
        """Go's ``HaveSum``: a hash of a known kind is there."""
        return any(each.startswith("h1:") for each in self.lookup(path, version))

    def recorded_sum(self, path: str, version: str) -> str | None:
        """Go's ``RecordedSum``: the one known hash; ``None`` for none, or for two that differ."""
        known = {each for each in self.lookup(path, version) if each.startswith("h1:")}
        return known.pop() if len(known) == 1 else None

    def check(self, path: str, version: str, have: str, *, file: str = "go.sum") -> bool | Failure:
        """True when ``have`` is recorded, False when nothing decides, a failure when another ``h1:`` stands first."""
        for recorded in self.lookup(path, version):
            if recorded == have:
                return True
            if recorded.startswith("h1:"):
                return _mismatch(path, version, have, recorded, file)
        return False

    def conflict(self, path: str, version: str, have: str, *, file: str) -> Failure | None:
        """Any other ``h1:``: a workspace member's go.sum may not even hold it beside the right one."""
        others = [each for each in self.lookup(path, version) if each != have and each.startswith("h1:")]
        return _mismatch(path, version, have, others[0], file) if others else None


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """``own`` is go.sum, or in a workspace go.work.sum, with the go.sum of each of its ``members`` by its path."""

    own: GoSum
    name: str = "go.sum"
    members: tuple[tuple[str, GoSum], ...] = ()

    def check(self, path: str, version: str, have: str) -> bool | Failure:
        """``own`` decides when it knows the hash; otherwise no member may know another one (haveModSumLocked).

        Where several members do, go names any of them; here it is the first.
        """
        verdict = self.own.check(path, version, have, file=self.name)
        if verdict is not False:
            return verdict
        for file, sums in self.members:
            conflict = sums.conflict(path, version, have, file=file)
            if conflict is not None:
                return conflict
        return any(have in sums.lookup(path, version) for _, sums in self.members)


def parse_go_sum(data: bytes, *, file: str = "go.sum") -> GoSum:
    """The content of go.sum; raises GoRuleError with go's text for a line that has not three fields."""
    hashes: dict[ModuleKey, list[str]] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        words = fields(line.decode("utf-8", "surrogateescape"))
        if not words:
            continue
        if len(words) != 3:
            text = f"malformed go.sum:\n{file}:{number}: wrong number of fields {len(words)}\n"
            raise GoRuleError("config.goenv_unreadable", text, origin=file)
        if words[2] != EMPTY_GO_MOD:
            hashes.setdefault(ModuleKey(words[0], words[1]), []).append(words[2])
    return GoSum(hashes=hashes)


def is_valid_sum(text: str) -> bool:
    """Go's ``isValidSum``: is this what a ``.ziphash`` file should hold."""
    return "\x00" not in text and len(text) == _SUM_CHARS


def _mismatch(path: str, version: str, have: str, recorded: str, file: str) -> Failure:
    text = f"verifying {path}@{version}: checksum mismatch\n\tdownloaded: {have}\n\t{file}:     {recorded}"
    return Failure(
        cause="zip.hash_mismatch.go_sum",
        side="source",
        text=f"{path}@{version} hashes to {have}, and {file} says {recorded}",
        go_text=text + _MISMATCH_ADVICE,
        details={"downloaded": have, "recorded": recorded, "file": file},
    )
