"""The zip's rules over names and sizes."""

from hypothesis import given
from hypothesis import strategies as st

from modtrace.gorules.ziprules import ZipEntry, check_entries, clean_path, fold, prefix_failure

P = "a.b/m@v1.0.0/"


def _check(*names: str, size: int = 0) -> str | None:
    failure = check_entries("a.b/m", "v1.0.0", [ZipEntry(P + name, size) for name in names])
    return failure.go_text if failure else None


def test_every_complaint_is_kept() -> None:
    assert _check("../x", "GO.MOD") == (
        f'{P}../x: malformed file path "../x": invalid path element ".."\n'
        f"{P}GO.MOD: go.mod files must have lowercase names"
    )


def test_collisions_of_directories_are_told_for_each_file() -> None:
    text = _check("Dir/a", "dir/b", "dir/c")
    assert text is not None
    assert text.count('case-insensitive file name collision: "Dir" and "dir"') == 2


def test_sizes() -> None:
    assert _check("a", "b", size=300 << 20) == (
        "total uncompressed size of module contents too large (max size is 524288000 bytes)"
    )
    assert _check("go.mod", size=17 << 20) == f"{P}go.mod: go.mod file too large (max size is 16777216 bytes)"


def test_module_and_version_come_first() -> None:
    for path, version, text in (
        ("a.b", "v1", 'version "v1" is not canonical (should be "v1.0.0")'),
        ("ab", "v1.0.0", 'malformed module path "ab": missing dot in first path element'),
        ("a.b", "v2.0.0", "a.b@v2.0.0: invalid version: should be v0 or v1, not v2"),
    ):
        failure = check_entries(path, version, [])
        assert failure is not None
        assert failure.go_text == text


def test_prefix() -> None:
    assert prefix_failure("a.b/m", "v1.0.0", P) is None
    failure = prefix_failure("a.b/m", "v1.0.0", "x")
    assert failure is not None
    assert failure.go_text == "zip for a.b/m@v1.0.0 has unexpected file x"


def test_folding() -> None:
    assert fold("K\u212a") == "kk"
    assert fold("ẞ") == fold("ß") != fold("ss")
    assert fold("İ") != fold("i")
    assert clean_path("//a") == "/a"


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_names(names: list[str]) -> None:
    _check(*names)
