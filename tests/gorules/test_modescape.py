"""Escaping: both ways, and what cannot be escaped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules import modescape
from modtrace.record.failures import GoRuleError


@given(st.from_regex(r"a\.b/[A-Za-z_-]{1,12}", fullmatch=True))
def test_paths_come_back(path: str) -> None:
    try:
        escaped = modescape.escape_path(path)
    except GoRuleError:
        return  # con, aux and their kind
    assert escaped == escaped.lower()
    assert modescape.unescape_path(escaped) == path


@given(st.text(max_size=12))
def test_versions_come_back_or_are_refused(version: str) -> None:
    if modescape.escape_version_reason(version) is None:
        assert modescape.unescape_version(modescape.escape_version(version)) == version
    else:
        with pytest.raises(GoRuleError):
            modescape.escape_version(version)


@pytest.mark.parametrize("escaped", ["a.b/A", "a.b/!", "a.b/!1", "a.b/ä", "nodot"])
def test_damaged_escapes(escaped: str) -> None:
    with pytest.raises(GoRuleError, match="invalid escaped module path"):
        modescape.unescape_path(escaped)


@pytest.mark.parametrize("escaped", ["v1!", "V1", "a/b"])
def test_damaged_version_escapes(escaped: str) -> None:
    with pytest.raises(GoRuleError, match="invalid escaped version"):
        modescape.unescape_version(escaped)


def test_errors_name_module_and_version() -> None:
    assert modescape.version_error("m", "v1.0.0", "x") == "m@v1.0.0: x"
    assert modescape.version_error("m", "", "x") == "module m: x"
    assert modescape.version_error("m", "main", "x") == "m@main: invalid version: x"
