"""scripts/skipped.py."""

from pathlib import Path

import pytest

from scripts import skipped

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.tracer.test_x" name="test_a"/>
<testcase classname="tests.tracer.test_x" name="test_b"><skipped type="pytest.skip" message="no go here"/></testcase>
<testcase classname="tests.tracer.test_x" name="test_c"><skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def junit(tmp_path: Path) -> str:
    (tmp_path / "junit.xml").write_text(JUNIT)
    return str(tmp_path / "junit.xml")


def test_a_skip_is_printed_by_name_and_reason(
    junit: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert skipped.main(junit) == 0
    assert capsys.readouterr().out == "skipped: tests.tracer.test_x.test_b: no go here\n"


def test_a_skip_that_is_not_listed_fails_on_ci(junit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert skipped.main(junit) == 1


def test_a_listed_skip_passes_on_ci(junit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setitem(skipped.ALLOWED, "tests.tracer.*.test_b", "for this test")
    assert skipped.main(junit) == 0


def test_a_missing_report_fails(tmp_path: Path) -> None:
    assert skipped.main(str(tmp_path / "none.xml")) == 1
