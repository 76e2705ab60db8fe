"""gourl.py against net/url of the real Go: parts, texts, refusals, references."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.oracle.go_rules import GoRules

from modtrace.gorules import gourl

pytestmark = pytest.mark.oracle

PIECES = (
    "http", "https", "file", "socks5", "ftp", ":", "//", "/", "@", "u", "p:w", "%41", "%zz", "%2f", "%25", "é",
    "[::1]", "[fe80::1%25en0]", "[1.2.3.4]", "127.0.0.1", "h.test", ":80", ":x", "?", "q=1", "#", "f", "..", ".",
    "!", " ", "\\", "*", "a b", "[", "]", "<", "\x7f", '"', "::", ";", "&",
)  # fmt: skip
BY_HAND = (
    "http://h.test:80:80/", "https://u:p@h.test/a", "*", "", "http://", "http:///x", "file:/x", "file:///x?",
    "https://h/%C3%A9/é", "HTTP://H", "http://h.test/%2f/é", "//h.test", "///x", "http://[::1]:", "http://h:?#",
)  # fmt: skip
BASES = (
    "http://h.test/a/b/c?q=1#f",
    "https://u:p@h.test",
    "http://h.test/a/../b/",
    "http://h.test/a%2fb/c",
)
REFERENCES = (
    "", "?", "?x", "#z", "/x/../y", "../../..", "//o.test/a/./b", "https://o.test", "https://o.test/a/..", "http:",
    "./x", "x:y", "mailto:a", "/a b", "%2e%2e/x", "..", "a/.", "http://h.test:x/",
)  # fmt: skip


def urls() -> list[str]:
    chance = random.Random(7)

    def some(pieces: tuple[str, ...], most: int) -> str:
        return "".join(chance.choices(pieces, k=chance.randint(1, most)))

    whole = [some(PIECES, 8) for _ in range(8000)]
    schemed = [f"{scheme}://{some(PIECES[5:], 7)}" for scheme in ("http", "https", "file", "ftp") for _ in range(4000)]
    return [*BY_HAND, *whole, *schemed]


def told(made: Callable[[], gourl.Url]) -> dict[str, Any]:
    """Our answer in the program's words."""
    try:
        url = made()
    except gourl.UrlError as error:
        return {"error": str(error)}
    return {
        "text": str(url),
        "redacted": url.redacted,
        "target": url.request_target,
        "host": url.host,
        "hostname": url.hostname,
        "port": url.port_text,
        "path": url.path,
        "user": url.user or "",
    }


def test_every_url_is_parsed_and_printed_as_go_does(go_rules: GoRules) -> None:
    asked = urls()
    answers = go_rules.answers([("url", url) for url in asked])
    ours = [told(lambda url=url: gourl.parse(url)) for url in asked]
    assert [row for row in zip(asked, ours, answers, strict=True) if row[1] != row[2]] == []
    assert 0.1 < sum("error" in answer for answer in answers) / len(answers) < 0.9


def test_every_request_uri_is_parsed_as_go_does(go_rules: GoRules) -> None:
    asked = urls()[::4]
    answers = go_rules.answers([("request", url) for url in asked])
    ours = [told(lambda url=url: gourl.parse_request_uri(url)) for url in asked]
    assert [row for row in zip(asked, ours, answers, strict=True) if row[1] != row[2]] == []


def test_every_reference_is_resolved_as_go_does(go_rules: GoRules) -> None:
    chance = random.Random(8)
    parts = ("/", "..", ".", "a", "%2f", "?", "b", "#")
    more = ["".join(chance.choices(parts, k=chance.randint(1, 7))) for _ in range(2500)]
    pairs = [(base, reference) for base in BASES for reference in (*REFERENCES, *more)]
    answers = go_rules.answers([("reference", *pair) for pair in pairs])
    ours = [told(lambda pair=pair: gourl.resolve_reference(gourl.parse(pair[0]), pair[1])) for pair in pairs]
    assert [row for row in zip(pairs, ours, answers, strict=True) if row[1] != row[2]] == []
