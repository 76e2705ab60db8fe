"""go.sum: lookups, conflicts, damages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.dirhash import EMPTY_GO_MOD
from modtrace.gorules.gosum import Sums, is_valid_sum, parse_go_sum
from modtrace.record.failures import Failure, GoRuleError

SUM = b"m v1.0.0 h1:a\r\nm v1.0.0/go.mod h1:b\n\nm v2 h2:x\nm v2 h1:y\n" + f"e v1/go.mod {EMPTY_GO_MOD}\n".encode()


def test_lookups() -> None:
    sums = parse_go_sum(SUM)
    assert sums.recorded_sum("m", "v1.0.0") == "h1:a"
    assert sums.has_sum("m", "v2")
    assert not sums.has_sum("e", "v1/go.mod")
    assert sums.check("m", "v1.0.0", "h1:a") is True
    assert sums.check("m", "v9", "h1:a") is False


def test_a_mismatch_in_the_words_of_go() -> None:
    failure = parse_go_sum(SUM).check("m", "v1.0.0", "h1:z")
    assert isinstance(failure, Failure)
    assert failure.cause == "zip.hash_mismatch.go_sum"
    assert "checksum mismatch\n\tdownloaded: h1:z\n\tgo.sum:     h1:a\n\nSECURITY ERROR" in (failure.go_text or "")


def test_a_workspaces_own_hash_counts_before_those_of_its_members() -> None:
    sums = Sums(
        own=parse_go_sum(b"m v1 h1:a\n"),
        name="go.work.sum",
        members=(
            ("/a/go.sum", parse_go_sum(b"m v1 h1:b\nn v1 h1:n\nx v1 h1:x\n")),
            ("/b/go.sum", parse_go_sum(b"n v1 h1:n\nx v1 h1:y\n")),
        ),
    )
    assert sums.check("m", "v1", "h1:a") is True
    assert sums.check("n", "v1", "h1:n") is True
    assert sums.check("nobody", "v1", "h1:n") is False
    for path, have, name in (("m", "h1:b", "go.work.sum"), ("n", "h1:z", "/a/go.sum"), ("x", "h1:x", "/b/go.sum")):
        failure = sums.check(path, "v1", have)
        assert isinstance(failure, Failure)
        assert failure.details["file"] == name


def test_two_hashes_that_differ_are_none() -> None:
    assert parse_go_sum(b"m v1 h1:a\nm v1 h1:b\n").recorded_sum("m", "v1") is None


def test_a_damaged_line() -> None:
    with pytest.raises(GoRuleError) as caught:
        parse_go_sum(b"\nm v1\n")
    assert caught.value.text == "malformed go.sum:\ngo.sum:2: wrong number of fields 2\n"


def test_valid_sums() -> None:
    assert is_valid_sum(EMPTY_GO_MOD)
    assert not is_valid_sum("h1:" + "\x00" * 44)


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    try:
        parse_go_sum(data)
    except GoRuleError as error:
        assert error.text.startswith("malformed go.sum")  # noqa: PT017
