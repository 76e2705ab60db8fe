"""Every source file has its test file, at the same place under ``tests/``."""

from pathlib import Path

from tests.house.tree import ROOT, sources

# Files that hold data or types only, with what tests them instead.
WITHOUT_OWN_TEST: dict[str, str] = {
    "tracer/modtrace/tracer/world/interface.py": "a Protocol; the type checkers test it against both worlds",
    "reports/modtrace/diagnosis/words/fixes.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/http.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/interface.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/machine.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/module.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/network.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/proxy.py": "data; tests/diagnosis/test_wording.py holds every row",
    "reports/modtrace/diagnosis/words/tls.py": "data; tests/diagnosis/test_wording.py holds every row",
}


def mirror_of(source: Path) -> Path:
    """``tracer/modtrace/gorules/globs.py`` as ``tests/gorules/test_globs.py``."""
    _, _, *rooms, name = source.parts
    return Path("tests", *rooms, f"test_{name}")


def test_every_source_file_has_its_test_file() -> None:
    orphans = [
        f"{source} wants {mirror_of(source)}"
        for source in sources()
        if not source.name.startswith("__")
        and str(source) not in WITHOUT_OWN_TEST
        and not (ROOT / mirror_of(source)).exists()
    ]
    assert orphans == []


def test_exceptions_still_exist_and_still_have_no_test() -> None:
    stale = [name for name in WITHOUT_OWN_TEST if not (ROOT / name).exists() or (ROOT / mirror_of(Path(name))).exists()]
    assert stale == []


def test_sources_stand_in_the_one_namespace_package() -> None:
    strays = [str(source) for source in sources() if source.parts[1] != "modtrace" or len(source.parts) < 4]
    assert strays == [], (
        "PEP 420: nothing beside modtrace/, and no modtrace/__init__.py, which would hide the other roots"
    )
