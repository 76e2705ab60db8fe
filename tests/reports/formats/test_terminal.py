"""What a person sees, against golden pages, and against strangers who write escape sequences.

The golden pages lie beside this file; ``python -m tests.reports.formats.test_terminal`` writes them anew.
"""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import Events, failed, fetched, handshake, refused

from modtrace.record.failures import Failure, Json
from modtrace.record.summary import GoSays
from modtrace.reports.formats.terminal import render
from modtrace.reports.rows import rows_of
from modtrace.reports.summarize import summarize

HERE = Path(__file__).parent
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066\udc80\r\n\x00"
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
BAR = re.compile("[▏▎▍▌▋▊▉█]+")


def intercepted() -> Events:
    events = handshake("github.com", sct_present=False, issuer="CN=Company TLS Inspection")
    events.whole("dns.resolve", "github.com", ms=4998, slow_family="AAAA")
    return events.end()


def hanging() -> Events:
    failure = Failure(cause="body.stalled", side="source", text="nothing for 30 s", hangs=True, where="goproxy.example")
    events = Events()
    events.whole("module.zip", "lab.test/hello@v1.0.0", ms=30_000, failed=failure)
    return events.end(failed=failure)


PAGES = {"fetched": fetched, "failed": failed, "intercepted": intercepted, "hanging": hanging}


def page(events: Events, *, colour: bool = False) -> str:
    return render(summarize(events.trace()), colour=colour)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_golden_one(name: str) -> None:
    assert page(PAGES[name]()) == (HERE / f"{name}.txt").read_text()


def hostile() -> Events:
    """Every text that a stranger, a setting or a damaged file can put into a trace."""
    failure = Failure(
        cause="http.malformed",
        side="source",
        text=HOSTILE,
        go_text=f"{HOSTILE}\n{HOSTILE}",
        where=HOSTILE,
        limit=HOSTILE,
        errno=HOSTILE,
        details={"x": HOSTILE},
    )
    events = Events(module=HOSTILE, version=HOSTILE)
    events.whole("tls.handshake", HOSTILE, sni="github.com", root_is_public=False, chain=[{"issuer": HOSTILE}])
    events.whole("tls.handshake", HOSTILE, version=HOSTILE, alpn=HOSTILE, group=HOSTILE)
    events.whole("dns.resolve", HOSTILE, addresses=[HOSTILE], slow_family=HOSTILE)
    events.whole("http.request", HOSTILE, url=f"https://{HOSTILE}/@v/{HOSTILE}", status=HOSTILE, protocol=HOSTILE)
    events.whole("http.request", HOSTILE, url="http://[" + HOSTILE, failed=failure)
    sumdb: Json = {"name": HOSTILE, "tree_size": 1, "record": 1, "verified": True}
    return events.end(
        failed=failure, artifacts={"mod": HOSTILE, "zip": HOSTILE, "info": HOSTILE, "sumdb": sumdb, "go_sum": HOSTILE}
    )


def hidden_in(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in HIDDEN} - {"\n"}


def test_no_escape_sequence_gets_through() -> None:
    text = page(hostile())
    assert "evil" in text
    assert hidden_in(text) == set()
    assert text.encode().count(b"\x1b") == 0


def test_a_stranger_cannot_add_a_line() -> None:
    plain = Events()
    plain.whole("http.request", "x", url="https://h.test/")
    tricky = Events()
    tricky.whole("http.request", "x", url="https://h.test/\nOK: the module is complete")
    assert page(tricky.end()).count("\n") == page(plain.end()).count("\n")


@given(st.text(st.characters(), max_size=40))
def test_no_text_of_a_stranger_hides_anything(text: str) -> None:
    failure = Failure(cause="tls.alert", side="origin", text=text, go_text=text, where=text)
    events = Events(module=text)
    events.whole("tls.handshake", text, failed=failure)
    assert hidden_in(page(events.end(failed=failure))) == set()


def test_colour_is_in_the_verdicts_head_only_and_by_request() -> None:
    assert "\x1b" not in page(failed())
    assert page(failed(), colour=True).replace("\x1b[1;31mFAILED\x1b[0m:", "FAILED:") == page(failed())


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), max_size=8), st.integers(0, 10**7))
def test_bars_stay_in_their_column(spans: list[tuple[int, int]], end_ms: int) -> None:
    events = Events()
    for start_ms, lasts_ms in spans:
        events.at_ns = start_ms * 1000
        events.whole("tcp.connect", "192.0.2.1:443", ms=lasts_ms / 1000)
    events.at_ns = end_ms * 1000
    lines = page(events.end()).splitlines()
    rules = [line for line in lines if line.startswith("---")]
    columns = [match.span() for rule in rules for match in re.finditer("-+", rule)]
    assert len(columns) == (5 if spans else 0)
    for line in lines:
        for bar in BAR.finditer(line):
            left, right = columns[3]
            assert left <= bar.start() < bar.end() <= right


def test_a_trace_that_ended_before_it_began_has_empty_bars() -> None:
    summary = summarize(Events().trace())
    assert BAR.search(render(summary)) is None


def test_an_empty_trace_has_a_heading_and_a_verdict() -> None:
    assert page(Events()) == (
        "lab.test/hello@v1.0.0\nGOPROXY=https://goproxy.example (from environment)\n\n"
        "INCOMPLETE: the trace has no end: the program was killed, or the disk was full\n"
    )


def test_a_query_shows_what_it_was_resolved_to() -> None:
    assert page(Events(version="latest").end()).startswith("lab.test/hello@latest (resolved to v1.0.0)\n")


def test_gos_own_text_keeps_its_lines_up_to_a_dozen() -> None:
    failure = Failure(cause="sumdb.inconsistent", side="source", text="x", go_text="\n".join(map(str, range(50))))
    lines = page(Events().end(failed=failure)).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("  go itself"))
    assert lines[first].startswith("  go itself   0 (after")
    assert lines[first + 11] == "              11"
    assert "              12" not in lines


def test_an_empty_text_of_gos_is_still_a_line() -> None:
    failure = Failure(cause="vcs.failed", side="source", text="x", go_text="")
    assert "  go itself    (after" in page(Events().end(failed=failure))


def test_what_is_not_proved_is_said_loudly() -> None:
    sumdb: Json = {"name": "sum.example", "tree_size": 9, "record": 4, "verified": False}
    assert "sumdb   NOT proved by sum.example" in page(Events().end(artifacts={"sumdb": sumdb}))


def test_a_very_long_table_shows_its_ends() -> None:
    events = Events()
    for number in range(2003):
        events.whole("tcp.connect", f"192.0.2.1:{number}")
    text = page(events.end(failed=refused()))
    assert "(3 rows in the middle are left out; the JSON has all)" in text
    assert "192.0.2.1:0 " in text
    assert "192.0.2.1:999 " in text
    assert "192.0.2.1:1002 " not in text
    assert "192.0.2.1:2002 " in text


def test_wide_characters_keep_the_columns_apart() -> None:
    events = Events()
    events.whole("dns.resolve", "例子.test", addresses=["192.0.2.1"])
    events.whole("dns.resolve", "plain.test", addresses=["192.0.2.1"])
    lines = [line for line in page(events.end()).splitlines() if line.startswith("dns.")]
    assert len(lines) == len(rows_of(summarize(events.trace())))
    assert "例子.test" in lines[0]


def test_go_that_succeeds_needs_no_line() -> None:
    assert GoSays().error is None
    assert "go itself" not in page(fetched())


if __name__ == "__main__":
    for page_name, make in PAGES.items():
        (HERE / f"{page_name}.txt").write_text(page(make()))


def test_the_way_through_proxies_and_the_rule_that_decided_stand_above_the_table() -> None:
    events = Events()
    routes: Json = [
        {"target": "https://a.test:443", "through": ["http://p.test:1", "socks5://q.test:2"], "rule": "--via it is"},
        {"target": "https://b.test:443", "through": [], "rule": "NO_PROXY entry b.test matches"},
        {"target": "https://c.test:443", "through": [], "rule": "HTTPS_PROXY is not set: direct connection"},
        "odd",
    ]
    events.close_with(events.start("config.plan", "m"), {"routes": routes})
    lines = render(summarize(events.end().trace())).splitlines()[2:5]
    assert lines == [
        "https://a.test:443 through http://p.test:1, then socks5://q.test:2 (--via it is)",
        "https://b.test:443 directly (NO_PROXY entry b.test matches)",
        "",
    ]
