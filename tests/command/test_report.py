"""An old trace read, judged and rendered again, or one line about why it can't be."""

import json
import os
import stat
from pathlib import Path

import pytest
from tests.builders import Events, failed, fetched

from modtrace.command.exits import NOT_MEASURED, OK
from modtrace.command.report import load_trace, run_report
from modtrace.record.events import encode
from modtrace.record.summary import to_json
from modtrace.record.trace import TraceDamaged
from modtrace.reports.formats.terminal import render
from modtrace.reports.summarize import summarize


def bundle(folder: Path, events: Events, *, cut: int = 0) -> Path:
    data = b"".join(encode(event) for event in events.events)
    (folder / "events.jsonl").write_bytes(data[: len(data) - cut])
    return folder


@pytest.mark.parametrize("events", [fetched(), failed()], ids=["fetched", "failed"])
@pytest.mark.parametrize("name", ["", "events.jsonl"])
def test_a_bundle_or_its_events_are_rendered(
    events: Events, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_report(str(bundle(tmp_path, events) / name), "table", None) == OK
    said = capsys.readouterr()
    assert said.out == render(summarize(events.trace()))
    assert said.err == ""


def test_json_is_the_summary_that_fetch_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_report(str(bundle(tmp_path, failed())), "json", None) == OK
    said = capsys.readouterr().out
    assert said.encode() == to_json(summarize(failed().trace()))
    assert json.loads(said)["verdict"]["cause"] == "tcp.refused"


def test_it_goes_into_a_private_file_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")
    assert run_report(str(bundle(tmp_path, fetched())), "table", str(target)) == OK
    assert target.read_text() == render(summarize(fetched().trace()))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert capsys.readouterr().out == ""


def test_what_stands_before_the_damage_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = bundle(tmp_path, fetched(), cut=20)
    assert load_trace(folder).damage is not None
    assert run_report(str(folder), "table", None) == OK
    said = capsys.readouterr()
    assert "is damaged, what stands before it is shown" in said.err
    assert "lab.test/hello@v1.0.0" in said.out


@pytest.mark.parametrize("data", [None, b"", b"not a trace\n", b'{"event":"span"}\n'])
def test_what_is_no_trace_is_one_line(data: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if data is not None:
        (tmp_path / "events.jsonl").write_bytes(data)
    assert run_report(str(tmp_path), "table", None) == NOT_MEASURED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"modtrace: cannot read {tmp_path}: ")
    assert said.err.count("\n") == 1


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_report("no\x1b[2Jsuch\ntrace", "table", None) == NOT_MEASURED
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert said.count("\n") == 1


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "report.txt"
    assert run_report(str(bundle(tmp_path, fetched())), "json", str(target)) == NOT_MEASURED
    said = capsys.readouterr()
    assert said.err.startswith(f"modtrace: cannot write {target}: ")
    assert said.out == ""


def test_loading_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_trace(tmp_path)
    os.close(os.open(tmp_path / "events.jsonl", os.O_CREAT | os.O_WRONLY))
    with pytest.raises(TraceDamaged):
        load_trace(tmp_path)
