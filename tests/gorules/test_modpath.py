"""Paths: go's words for the refused, silence for the accepted (the oracle tests ask the real go)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules import modpath
from modtrace.record.failures import GoRuleError

REFUSED = [
    ("", "empty string"), ("-a.b", "leading dash"), ("nodots/foo", "missing dot in first path element"),
    ("a.b//c", "double slash"), ("a.b/", "trailing slash"), ("/a.b", "empty path element"),
    ("Github.com/a", "invalid char 'G' in first path element"), ("a.b/v1", "invalid version"),
    ("a.b/v02", "invalid version"), ("a.b/v1.2", "invalid version"), ("a.b/con", '"con" disallowed as path element component on Windows'),  # noqa: E501
    ("a.b/c~1", "trailing tilde and digits in path element"), ("a.b/.c", "leading dot in path element"),
    ("a.b/..", 'invalid path element ".."'), ("a.b/c.", "trailing dot in path element"), ("a.b/'", "invalid char '\\''"),  # noqa: E501
    ("a.b/\udcff", "invalid UTF-8"), ("a.b/\u00e4", "invalid char 'ä'"), ("gopkg.in/x", "invalid version"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "reason"), REFUSED)
def test_refused_module_paths(path: str, reason: str) -> None:
    with pytest.raises(GoRuleError) as caught:
        modpath.check_path(path)
    assert caught.value.text.endswith(f": {reason}")
    assert caught.value.cause == "config.module_path_invalid"


@pytest.mark.parametrize("path", ["a.b", "a.b/C", "a.b/v2", "gopkg.in/yaml.v2", "gopkg.in/y.v1-unstable", "a.b/com10"])
def test_accepted_module_paths(path: str) -> None:
    modpath.check_path(path)


def test_import_and_file_paths_allow_more() -> None:
    modpath.check_import_path("a/b+c")
    modpath.check_file_path(".git/ä 文~1")
    with pytest.raises(GoRuleError, match="malformed import path"):
        modpath.check_import_path("a b")
    with pytest.raises(GoRuleError, match="malformed file path"):
        modpath.check_file_path("a:b")


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("a.b/c", ("a.b/c", "", True)),
        ("a.b/c/v2", ("a.b/c", "/v2", True)),
        ("a.b/c/v1", ("a.b/c/v1", "", False)),
        ("a.b/cv2", ("a.b/cv2", "", True)),
        ("gopkg.in/c.v0", ("gopkg.in/c", ".v0", True)),
        ("gopkg.in/c.v2-unstable", ("gopkg.in/c", ".v2-unstable", True)),
        ("v2", ("v2", "", True)),
    ],
)
def test_split_path_version(path: str, split: tuple[str, str, bool]) -> None:
    assert modpath.split_path_version(path) == split


def test_versions_belong_to_paths() -> None:
    assert modpath.match_path_major("v2.0.0+incompatible", "")
    assert modpath.match_path_major("v0.0.0-20200101000000-abcdef123456", ".v1")
    assert modpath.match_path_major("v2.0.0", ".v2-unstable")
    with pytest.raises(GoRuleError, match=r'version "v2.0.0" invalid: should be v0 or v1, not v2'):
        modpath.check_path_major("v2.0.0", "")
    with pytest.raises(GoRuleError, match=r"a\.b@v1\.0\.0: invalid version|should be v2, not v1"):
        modpath.check("a.b/v2", "v1.0.0")
    with pytest.raises(GoRuleError, match="not a semantic version"):
        modpath.check("a.b", "main")


def test_canonical_version_keeps_incompatible() -> None:
    assert modpath.canonical_version("v2.0.0+incompatible") == "v2.0.0+incompatible"
    assert modpath.canonical_version("v1+meta") == ""


@given(st.text(max_size=24))
def test_a_split_path_is_its_parts(path: str) -> None:
    split = modpath.split_path_version(path)
    assert split.prefix + split.path_major == path
    assert modpath.module_path_reason(path) is None or isinstance(modpath.module_path_reason(path), str)
