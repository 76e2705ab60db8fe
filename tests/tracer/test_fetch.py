"""The story of one fetch, as the lab and the record see it."""

import errno
import random
from pathlib import Path

import pytest
from tests.tracer.running import HELLO, database, ground, place

from modtrace.lab.behaviour import Reply, text
from modtrace.lab.modules import hello
from modtrace.record.events import SpanClosed
from modtrace.record.trace import Trace
from modtrace.tracer.world.bundle import ScratchFile

pytestmark = pytest.mark.loopback

PREFIX = "/lab.test/hello/@v/v1.0.0"


def failure(trace: Trace) -> tuple[str, str | None]:
    assert trace.ended is not None
    assert trace.ended.failure is not None
    return trace.ended.failure.cause, trace.ended.failure.go_text


def test_a_version_is_fetched_in_gos_order_and_every_hash_is_the_labs(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        _, trace, _ = here.run()
        assert here.paths == [f"{PREFIX}.info", f"{PREFIX}.mod", f"{PREFIX}.zip"]
    assert trace.ended is not None
    assert (trace.ended.failure, trace.ended.resolved) == (None, "v1.0.0")
    artifacts = trace.ended.artifacts
    assert (artifacts["mod"], artifacts["zip"], artifacts["go_sum"]) == (HELLO.mod_h1, HELLO.zip_h1, None)
    assert str(artifacts["info"]).startswith("sha256:")
    (check,) = trace.named("zip.check")
    assert (check.outcome, check.attributes["h1"], check.attributes["files"]) == ("ok", HELLO.zip_h1, 2)


@pytest.mark.parametrize("is_fast", [False, True])
def test_a_large_zip_is_hashed_while_it_arrives_unless_it_arrives_too_fast(
    is_fast: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modtrace.tracer.hashahead._FAST_BYTES_PER_S", 0 if is_fast else 1 << 60)
    large = hello(**{"data.txt": random.Random(1).randbytes(500_000).hex(), "more.txt": "x" * 3_000_000})
    with ground(tmp_path, place("a", large)) as here:
        _, trace, _ = here.run()
    assert trace.ended is not None
    assert trace.ended.artifacts["zip"] == large.zip_h1
    (check,) = trace.named("zip.check")
    ahead_bytes, all_bytes = check.attributes["hashed_ahead_bytes"], check.attributes["uncompressed_bytes"]
    assert ahead_bytes == (0 if is_fast else all_bytes)


def test_a_query_is_resolved_first(tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        _, trace, _ = here.run("latest")
        assert here.paths[0] == "/lab.test/hello/@v/list"
    assert trace.ended is not None
    assert trace.ended.resolved == "v1.0.0"


def test_the_checksum_database_is_asked_between_mod_and_zip_and_again_after(tmp_path: Path) -> None:
    known = database()
    served = place(databases={"/sumdb/sum.test": known.get})
    with ground(tmp_path, served, env={"GOSUMDB": known.verifier_key}) as here:
        _, trace, _ = here.run()
        lookup = "/sumdb/sum.test/lookup/lab.test/hello@v1.0.0"
        assert here.paths.index(f"{PREFIX}.mod") < here.paths.index(lookup) < here.paths.index(f"{PREFIX}.zip")
        assert (here.bundle / "sumdb" / "sum.test").read_bytes() == known.head()
    assert trace.ended is not None
    shown = trace.ended.artifacts["sumdb"]
    assert shown == {"name": "sum.test", "tree_size": 13, "record": 5, "verified": True}


@pytest.mark.parametrize(
    ("wrong", "words", "asked_zip"),
    [
        ("mod", "lab.test/hello@v1.0.0: verifying go.mod: checksum mismatch", False),
        ("zip", "lab.test/hello@v1.0.0: verifying module: checksum mismatch", True),
    ],
)
def test_what_the_database_denies_is_not_accepted(wrong: str, words: str, asked_zip: bool, tmp_path: Path) -> None:
    other = "h1:" + "A" * 43 + "="
    known = database(zip_h1=other) if wrong == "zip" else database(mod_h1=other)
    served = place(databases={"/sumdb/sum.test": known.get})
    with ground(tmp_path, served, env={"GOSUMDB": known.verifier_key}) as here:
        _, trace, _ = here.run()
        assert (f"{PREFIX}.zip" in here.paths) is asked_zip
    cause, go_text = failure(trace)
    assert cause in ("zip.hash_mismatch.sumdb", "sumdb.mismatch.go_mod")
    assert (go_text or "").startswith(words)
    assert trace.ended is not None
    assert trace.ended.artifacts["zip"] is None


@pytest.mark.parametrize(
    ("content", "go_sum", "cause"),
    [
        (HELLO.go_sum, "matched", None),
        (hello(readme="else").go_sum, None, "zip.hash_mismatch.go_sum"),
        ("", None, None),
        ("two words\n", None, "config.goenv_unreadable"),
    ],
)
def test_go_sum_speaks_before_the_database(content: str, go_sum: str | None, cause: str | None, tmp_path: Path) -> None:
    with ground(tmp_path) as here:
        (tmp_path / "work" / "go.mod").write_text("module w\n")
        (tmp_path / "work" / "go.sum").write_text(content)
        _, trace, _ = here.run()
    assert trace.ended is not None
    assert trace.ended.artifacts["go_sum"] == go_sum
    assert (trace.ended.failure.cause if trace.ended.failure else None) == cause


def test_the_next_source_is_asked_for_each_file_and_the_zip_starts_again(tmp_path: Path) -> None:
    broken = place("b", faults={"*.zip": Reply(fault="cut_in_body", after_bytes=100)})
    with ground(tmp_path, place(), broken, goproxy="{b}|{a}") as here:
        _, trace, _ = here.run()
        assert here.paths.count(f"{PREFIX}.zip") == 2
    assert trace.ended is not None
    assert trace.ended.failure is None
    assert trace.ended.artifacts["zip"] == HELLO.zip_h1


@pytest.mark.parametrize("kind", ["info", "mod", "zip"])
def test_a_failure_has_the_module_and_version_in_front_as_go_has(kind: str, tmp_path: Path) -> None:
    with ground(tmp_path, place(faults={f"*.{kind}": text(500, "broken")})) as here:
        _, trace, _ = here.run()
    cause, go_text = failure(trace)
    assert cause == "http.server_error"
    assert (go_text or "").startswith("lab.test/hello@v1.0.0: reading http://127.0.0.1:")
    assert (go_text or "").endswith(f"{PREFIX}.{kind}: 500 Internal Server Error\n\tserver response: broken")


def test_no_source_is_asked_for_what_off_forbids(tmp_path: Path) -> None:
    with ground(tmp_path, goproxy="off") as here:
        _, trace, _ = here.run()
        assert here.paths == []
    assert failure(trace)[0] == "config.goproxy_off"


@pytest.mark.parametrize(
    ("number", "cause"),
    [(errno.ENOSPC, "local.disk_full"), (errno.EDQUOT, "local.disk_full"), (errno.EIO, "local.output_unwritable")],
)
@pytest.mark.parametrize("tls", [False, True], ids=["http/1.1", "h2"])
def test_a_disk_that_refuses_the_zip_is_this_machines_failure(
    number: int, cause: str, tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: ScratchFile, data: bytes | memoryview) -> None:
        raise OSError(number, "words")

    monkeypatch.setattr(ScratchFile, "write", refuse)
    with ground(tmp_path, place("a", tls=tls), place("b"), goproxy="{a}|{b}") as here:
        _, trace, ended = here.run()
        assert here.paths.count(f"{PREFIX}.zip") == 1
    assert ended is not None
    assert ended.crash is None
    assert failure(trace) == (cause, None)
    assert trace.ended is not None
    assert trace.ended.failure is not None
    assert (trace.ended.failure.side, trace.ended.failure.errno) == ("local", errno.errorcode[number])
    assert all(span.closed_ns is not None for span in trace.spans.values())


def test_a_zip_that_breaks_the_rules_is_refused_in_gos_words(tmp_path: Path) -> None:
    bad = hello(**{"../escape.go": "package x\n"})
    with ground(tmp_path, place("a", bad)) as here:
        run, trace, _ = here.run()
        ends = [event for event in run.events if isinstance(event, SpanClosed) and event.outcome == "failed"]
        assert ends
    cause, go_text = failure(trace)
    assert cause.startswith("zip.")
    assert (go_text or "").startswith("unzip ")
    assert "cache/download/lab.test/hello/@v/v1.0.0.zip" in (go_text or "")
