"""The checksum database's failures in go's words."""

import pytest

from modtrace.gorules import sumdbtexts
from modtrace.record.failures import Failure, StepFailed

MODULE, VERSION, DATABASE = "lab.test/hello", "v1.0.0", "sum.test"
LINES = (f"{MODULE} {VERSION} h1:good=", f"{MODULE} {VERSION}/go.mod h1:mod=")
ANY = Failure(cause="http.not_found", side="origin", text="no", go_text="reading URL: 404 Not Found", is_not_exist=True)


def failure_of(version: str, h1: str, lines: tuple[str, ...] = LINES) -> Failure:
    with pytest.raises(StepFailed) as caught:
        sumdbtexts.check_sum(lines, MODULE, version, h1, DATABASE)
    return caught.value.failure


def test_the_same_hash_is_fine() -> None:
    sumdbtexts.check_sum(LINES, MODULE, VERSION, "h1:good=", DATABASE)
    sumdbtexts.check_sum(LINES, MODULE, f"{VERSION}/go.mod", "h1:mod=", DATABASE)


@pytest.mark.parametrize(
    ("version", "cause", "noun", "recorded"),
    [
        (VERSION, "zip.hash_mismatch.sumdb", "module", "h1:good="),
        (f"{VERSION}/go.mod", "sumdb.mismatch.go_mod", "go.mod", "h1:mod="),
    ],
)
def test_another_hash_is_a_security_error(version: str, cause: str, noun: str, recorded: str) -> None:
    failure = failure_of(version, "h1:bad=")
    assert failure.cause == cause
    assert failure.details == {"downloaded": "h1:bad=", "recorded": recorded}
    head = f"{MODULE}@{VERSION}: verifying {noun}: checksum mismatch\n\tdownloaded: h1:bad=\n\t{DATABASE}: {recorded}\n"
    assert failure.go_text == f"{head}{sumdbtexts.MISMATCH_TEXT[1:]}"


@pytest.mark.parametrize("lines", [(), LINES[1:], (f"{MODULE} {VERSION} h2:good=",)])
def test_a_missing_line_is_a_security_error(lines: tuple[str, ...]) -> None:
    failure = failure_of(VERSION, "h1:good=", lines)
    assert failure.cause == "sumdb.no_record"
    head = f"{MODULE}@{VERSION}: verifying module: checksum missing from sumdb response"
    assert failure.go_text == head + sumdbtexts.ABSENT_TEXT


def test_the_first_line_that_fits_decides() -> None:
    lines = (f"{MODULE} {VERSION} h1:other=", *LINES)
    assert failure_of(VERSION, "h1:good=", lines).details["recorded"] == "h1:other="


def test_a_failed_lookup_is_wrapped_as_go_does() -> None:
    wrapped = sumdbtexts.verifying(ANY, MODULE, f"{VERSION}/go.mod")
    assert wrapped.go_text == f"{MODULE}@{VERSION}: verifying go.mod: reading URL: 404 Not Found"


def test_a_fork_is_printed_bare() -> None:
    failure = sumdbtexts.forked(b"old\nnote\n", b"new\n", [bytes(32), b"\x01" * 32], None).failure
    assert failure.go_text == (
        "SECURITY ERROR\ngo.sum database server misbehavior detected!\n\nold database:\n\told\n\tnote\n\t\n"
        "new database:\n\tnew\n\t\nproof of misbehavior:\n\tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "\tAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    )
    assert sumdbtexts.verifying(failure, MODULE, VERSION) == failure
    assert (failure.details["old_note"], failure.details["new_note"]) == ("old\nnote\n", "new\n")


def test_a_fork_without_proof_says_why() -> None:
    failure = sumdbtexts.forked(b"", b"", [bytes(32)], "tlog: invalid inputs in ProveTree").failure
    assert (failure.go_text or "").endswith("=\tinternal error: tlog: invalid inputs in ProveTree\n")


@pytest.mark.parametrize(
    ("failure", "path", "cause"),
    [
        (ANY, "/lookup/x@v1.0.0", "sumdb.no_record"),
        (ANY, "/tile/8/0/000", "sumdb.server_error"),
        (Failure(cause="http.forbidden", side="origin", text="no"), "/lookup/x@v1.0.0", "sumdb.server_error"),
        (Failure(cause="tcp.refused", side="origin", text="no"), "/lookup/x@v1.0.0", "sumdb.unreachable"),
        (Failure(cause="sumdb.not_proxied", side="origin", text="no"), "/lookup/x@v1.0.0", "sumdb.not_proxied"),
        (Failure(cause="config.goauth_invalid", side="local", text="no"), "/lookup/x@v1.0.0", "config.goauth_invalid"),
    ],
)
def test_a_read_that_failed_is_the_databases_failure(failure: Failure, path: str, cause: str) -> None:
    remote = sumdbtexts.remote_failure(failure, path)
    assert (remote.cause, remote.is_not_exist, remote.go_text) == (cause, False, failure.go_text)
    assert (remote.details["because"], remote.details["path"]) == (failure.cause, path)


def test_what_is_wrong_in_a_local_file_is_the_local_states_damage() -> None:
    failure = sumdbtexts.refused(
        "sumdb.malformed", "malformed note\nmore", is_local=True, evidence={"note": b"\xff"}
    ).failure
    assert (failure.cause, failure.side, failure.details) == ("sumdb.local_state_damaged", "local", {"note": "\ufffd"})
    assert failure.text == "the checksum database's local state: malformed note"


def test_what_go_computes_on_for_ever_has_no_text_of_gos() -> None:
    failure = sumdbtexts.refused("sumdb.malformed", "too large", hangs=True).failure
    assert (failure.hangs, failure.go_text) == (True, None)
