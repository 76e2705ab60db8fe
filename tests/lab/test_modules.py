"""Modules in memory: the same bytes every time, and the answers of a module server."""

import io
import json
import zipfile

from modtrace.lab.modules import Library, Module, escaped, h1, hello, unescaped

PSEUDO = "v0.0.0-20240102030405-0123456789ab"


def test_the_zip_is_the_same_every_time_and_holds_the_files_under_the_prefix() -> None:
    assert hello().zip == hello().zip
    with zipfile.ZipFile(io.BytesIO(hello().zip)) as archive:
        assert archive.namelist() == ["lab.test/hello@v1.0.0/go.mod", "lab.test/hello@v1.0.0/hello.go"]


def test_h1_of_an_empty_go_mod_is_the_known_one() -> None:
    assert h1([("go.mod", b"")]) == "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="


def test_a_module_without_go_mod_gets_a_made_one() -> None:
    assert Module(path="lab.test/x", version="v1.0.0", files={"x.go": b""}).mod == b"module lab.test/x\n"


def test_escaping_goes_both_ways() -> None:
    assert escaped("lab.test/HelloWorld") == "lab.test/!hello!world"
    assert unescaped(escaped("lab.test/HelloWorld")) == "lab.test/HelloWorld"


def test_the_library_answers_every_kind_of_path() -> None:
    module = Module(path="lab.test/X", version="v1.0.0", files={"go.mod": b"module lab.test/X\n"}, names=("main",))
    library = Library(module, latest={"lab.test/X": "v1.0.0"})
    assert json.loads(library.get("/lab.test/!x/@v/v1.0.0.info").body)["Version"] == "v1.0.0"
    assert library.get("/lab.test/!x/@v/main.info").body == module.info
    assert library.get("/lab.test/!x/@latest").body == module.info
    assert library.get("/lab.test/!x/@v/v1.0.0.mod").body == module.mod
    assert library.get("/lab.test/!x/@v/v1.0.0.zip").body == module.zip
    assert library.get("/lab.test/!x/@v/list").body == b"v1.0.0\n"


def test_the_library_says_404_to_the_rest() -> None:
    library = Library(hello())
    for path in ("/", "/lab.test/hello", "/lab.test/hello/@v/v2.0.0.info", "/lab.test/hello/@v/x", "/other/@v/list"):
        assert library.get(path).status == 404
    assert library.get("/lab.test/hello/@latest").status == 404


def test_a_pseudo_version_is_listed_with_its_time() -> None:
    assert (
        Library(hello(version=PSEUDO)).get("/lab.test/hello/@v/list").body
        == f"{PSEUDO} 2024-01-02T03:04:05Z\n".encode()
    )
