"""go.sum is read once, when the first hash is compared; a file that can't be read is silent, a malformed one speaks."""

import errno

import pytest
from tests.sim.host_world import HostWorld

from modtrace.record.failures import Failure, GoRuleError
from modtrace.tracer.gosumfile import LazyGoSum
from modtrace.tracer.workspace import SumPaths

PATH = "/module/go.sum"
H1 = "h1:" + "A" * 43 + "="


def lazy(content: bytes | OSError | None) -> tuple[LazyGoSum, HostWorld]:
    world = HostWorld(files={} if content is None else {PATH: content})
    return LazyGoSum(SumPaths(own=PATH), world), world


def test_it_is_read_once_and_not_before_it_is_needed() -> None:
    go_sum, world = lazy(f"example.com/m v1.0.0 {H1}\n".encode())
    assert world.read == []
    assert go_sum.check("example.com/m", "v1.0.0", H1) is True
    assert go_sum.check("example.com/m", "v1.0.0/go.mod", H1) is False
    assert world.read == [PATH]


def test_another_hash_is_a_failure_in_gos_words() -> None:
    go_sum, _ = lazy(f"example.com/m v1.0.0 {H1}\n".encode())
    verdict = go_sum.check("example.com/m", "v1.0.0", H1.replace("A", "B"))
    assert isinstance(verdict, Failure)
    assert verdict.cause == "zip.hash_mismatch.go_sum"
    assert "SECURITY ERROR" in (verdict.go_text or "")


@pytest.mark.parametrize("content", [None, b"", PermissionError(errno.EACCES, "Permission denied")])
def test_a_file_that_says_nothing_decides_nothing(content: bytes | OSError | None) -> None:
    go_sum, _ = lazy(content)
    assert go_sum.check("example.com/m", "v1.0.0", H1) is False


def test_a_malformed_file_is_refused_at_the_first_comparison_by_its_name() -> None:
    go_sum, _ = lazy(b"one two\n")
    with pytest.raises(GoRuleError, match=r"(?s)malformed go\.sum:.*/module/go\.sum:1: wrong number of fields 2"):
        go_sum.check("example.com/m", "v1.0.0", H1)


WORK, MEMBER = "/w/go.work.sum", "/w/a/go.sum"


@pytest.mark.parametrize(
    ("work", "member", "name"),
    [
        (H1.replace("A", "B"), H1, "go.work.sum"),
        (None, H1.replace("A", "B"), MEMBER),
        (H1, H1.replace("A", "B"), None),
        (None, H1, None),
    ],
)
def test_in_a_workspace_its_own_sums_decide_and_then_those_of_its_members(
    work: str | None, member: str, name: str | None
) -> None:
    line = "example.com/m v1.0.0 {}\n"
    files = {WORK: line.format(work).encode() if work else b"", MEMBER: line.format(member).encode()}
    go_sum = LazyGoSum(SumPaths(own=WORK, members=(MEMBER,)), HostWorld(files=files))
    verdict = go_sum.check("example.com/m", "v1.0.0", H1)
    assert verdict is True if name is None else isinstance(verdict, Failure)
    if isinstance(verdict, Failure):
        assert f"\n\t{name}:     h1:" in (verdict.go_text or "")
        assert verdict.details["file"] == name


def test_a_members_malformed_file_is_refused_before_the_workspaces_own() -> None:
    world = HostWorld(files={WORK: b"one two\n", MEMBER: b"one\n"})
    with pytest.raises(GoRuleError, match=r"/w/a/go\.sum:1: wrong number of fields 1"):
        LazyGoSum(SumPaths(own=WORK, members=(MEMBER,)), world).check("example.com/m", "v1.0.0", H1)
