"""The bundle directory against links, strangers, full disks and readers of other users."""

import errno
import os
from pathlib import Path

import pytest

from modtrace.record.events import TraceStarted, decode
from modtrace.tracer.world.bundle import Bundle, BundleError, Journal, ScratchFile

STARTED = TraceStarted(
    at_ns=0,
    schema="modtrace/1",
    program="modtrace/0",
    wall_time="2024-01-02T03:04:05.000Z",
    module="example.com/m",
    version="v1.0.0",
    settings=[],
    vantage={},
)


def test_files_are_for_their_owner_only_and_whole(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "a" / "b")
    bundle.write("summary.json", b"1")
    bundle.write("certs/x.der", b"2")
    bundle.write("summary.json", b"3")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in bundle.directory.rglob("*")} == {
        "summary.json": 0o600,
        "certs": 0o700,
        "x.der": 0o600,
    }
    assert (bundle.directory / "summary.json").read_bytes() == b"3"


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    (tmp_path / "mine").write_text("mine")
    (bundle.directory / "summary.json").symlink_to(tmp_path / "mine")
    bundle.write("summary.json", b"new")
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (bundle.directory / "summary.json").is_symlink()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Bundle.create(tmp_path / "b")
    bundle.write("summary.json", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        bundle.write("summary.json", b"new")
    assert [path.name for path in bundle.directory.iterdir()] == ["summary.json"]
    assert (bundle.directory / "summary.json").read_bytes() == b"old"


@pytest.mark.parametrize("force", [False, True])
def test_an_existing_empty_directory_is_taken(force: bool, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert Bundle.create(tmp_path / "b", force=force).directory == tmp_path / "b"


def test_an_old_trace_goes_only_by_force_and_then_goes_whole(tmp_path: Path) -> None:
    old = Bundle.create(tmp_path / "b")
    for name in ("events.jsonl", "summary.json", "certs/a.der", "sumdb/n", "responses/r", "tls-keys.log"):
        old.write(name, b"old")
    with pytest.raises(BundleError, match="--force") as refused:
        Bundle.create(tmp_path / "b")
    assert not refused.value.is_unwritable
    Bundle.create(tmp_path / "b", force=True)
    assert list((tmp_path / "b").iterdir()) == []


def test_a_strangers_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "events.jsonl").write_text("old")
    (tmp_path / "b" / "thesis.tex").write_text("mine")
    with pytest.raises(BundleError, match=r"thesis\.tex"):
        Bundle.create(tmp_path / "b", force=True)
    assert (tmp_path / "b" / "events.jsonl").read_text() == "old"


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["link", "file", "fifo"])
def test_only_a_directory_is_a_directory(kind: str, force: bool, tmp_path: Path) -> None:
    target = tmp_path / "b"
    if kind == "link":
        (tmp_path / "real").mkdir()
        target.symlink_to(tmp_path / "real")
    elif kind == "file":
        target.write_text("mine")
    else:
        os.mkfifo(target)
    with pytest.raises(BundleError, match="not a directory"):
        Bundle.create(target, force=force)


def test_a_parent_that_is_a_file_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="cannot create") as refused:
        Bundle.create(tmp_path / "file" / "b")
    assert refused.value.is_unwritable


def test_a_scratch_file_takes_streams_starts_again_and_vanishes(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    scratch = bundle.open_scratch("module.zip")
    scratch.write(b"first")
    scratch.restart()
    scratch.write(memoryview(b"second"))
    assert scratch.read_at(2, 3) == b"con"
    scratch.write(b"!")
    assert scratch.read_at(4, 100) == b"nd!"
    scratch.file.seek(0)
    assert scratch.file.read() == b"second!"
    assert [path.stat().st_mode & 0o777 for path in bundle.directory.iterdir()] == [0o600]
    scratch.close()
    assert list(bundle.directory.iterdir()) == []


def test_a_scratch_file_never_opens_what_stands_there(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "scratch").symlink_to(tmp_path / "mine")
    with pytest.raises(FileExistsError):
        ScratchFile(tmp_path / "scratch")


def test_the_journal_is_on_disk_with_each_flush(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    journal = Journal(bundle)
    journal.append(STARTED)
    journal.flush()
    assert decode((bundle.directory / "events.jsonl").read_bytes()) == STARTED
    journal.append(STARTED)
    journal.close()
    journal.close()
    assert len((bundle.directory / "events.jsonl").read_bytes().splitlines()) == 2
    assert (journal.lost_bytes, journal.failure) == (0, None)


def test_after_the_first_failure_the_journal_only_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(Bundle.create(tmp_path / "b"))
    journal.append(STARTED)
    journal.flush()
    size = (tmp_path / "b" / "events.jsonl").stat().st_size
    whole_write = os.write

    def nearly_full(descriptor: int, data: bytes) -> int:
        if len(data) <= size - 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole_write(descriptor, data[:10])

    monkeypatch.setattr(os, "write", nearly_full)
    journal.append(STARTED)
    journal.flush()
    assert journal.lost_bytes == size - 10
    monkeypatch.undo()
    journal.append(STARTED)
    journal.close()
    assert journal.lost_bytes == 2 * size - 10
    assert journal.failure is not None
    assert (tmp_path / "b" / "events.jsonl").stat().st_size == size + 10


def test_a_journal_that_cannot_be_made_counts_from_the_start(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    bundle.directory.rmdir()
    journal = Journal(bundle)
    journal.append(STARTED)
    journal.close()
    assert journal.lost_bytes > 0
    assert journal.failure is not None
