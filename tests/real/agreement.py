"""What is compared of the two programs, and the tables' lines."""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
from tests.real import runs
from tests.real.party import PASSWORD, USER
from tests.real.runs import SECURE, Said, Way

_INFO = "lab.test/hello/@v/v1.0.0.info"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A target through a third party, and what comes of it. With ``says`` None the module is fetched.

    In ``says``, go's words for it, ``{url}`` is the URL of the ``.info`` file and ``{to}`` the target's host and port.
    ``quotes`` are the third party's own words, which modtrace must keep. ``port`` is the third party's, by
    its policy.
    """

    name: str
    target: str = SECURE
    port: str = "open"
    userinfo: str = ""
    says: str | None = None
    cause: str | None = None
    quotes: tuple[str, ...] = ()

    def go_says(self, proxy_port: int = 0) -> str | None:
        """The whole of go's error, in which ``{proxy}`` is the third party's address."""
        if self.says is None:
            return None
        base = self.target.replace("{secure_port}", "<secure>").replace("{plain_port}", "<plain>")
        says = self.says.replace("{url}", f"{base}/{_INFO}").replace("{to}", base.partition("://")[2])
        return f"{runs.MODULE}: {says}".replace("{proxy}", f"127.0.0.1:{proxy_port}")


class Both(msgspec.Struct, frozen=True):
    go: Said
    modtrace: Said

    @property
    def page(self) -> str:
        return f"--- go\n{self.go.page}\n--- modtrace\n{self.modtrace.page}"


def agree(
    way: Way, go_says: str | None, cause: str | None, folder: Path, go_tool: str, *, to_the_letter: bool = True
) -> Both:
    """First what go says, which is known; then modtrace's word for it: with ``to_the_letter`` False, its end only."""
    theirs = runs.go(way, folder, go_tool)
    assert theirs.error == go_says, theirs.page
    assert theirs.ok == (go_says is None), theirs.page
    both = Both(theirs, runs.modtrace(way, folder))
    ours = both.modtrace
    assert ours.ok == theirs.ok, both.page
    if to_the_letter:
        assert ours.error == theirs.error, both.page
    else:
        assert _end(ours.error) == _end(theirs.error), both.page
    assert ours.asked == theirs.asked, both.page
    assert ours.verdict["cause"] == cause, both.page
    if theirs.ok:
        assert (ours.zip_h1, ours.mod_h1) == (theirs.zip_h1, theirs.mod_h1) == _HELLO, both.page
    else:
        assert ours.exit == 1, both.page
    assert_no_secret(ours, folder)
    return both


def _end(error: str | None) -> str:
    return (error or "").rpartition(": ")[2]


_HELLO = (runs.HELLO.zip_h1, runs.HELLO.mod_h1)


def assert_kept(row: Row, both: Both) -> None:
    """The third party's own words stand in the summary: in its status line, its headers or its page."""
    said = json.dumps(both.modtrace.summary, ensure_ascii=False).replace('\\"', '"')
    assert [words for words in row.quotes if words not in said] == [], both.page


def assert_no_secret(ours: Said, folder: Path) -> None:
    """The password is in nothing that modtrace printed or wrote."""
    forms = (PASSWORD, PASSWORD.strip(), base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "sword%3A")
    written = [
        path.read_text(errors="replace") for path in (folder / "modtrace" / "bundle").rglob("*") if path.is_file()
    ]
    assert [form for form in forms for text in (ours.raw, *written) if form in text] == []


def phases(ours: Said, layer: str, name: str) -> list[dict[str, Any]]:
    """The summary's phases of that name."""
    every: list[dict[str, Any]] = ours.summary["phases"]
    return [one for one in every if (one["layer"], one["name"]) == (layer, name)]
