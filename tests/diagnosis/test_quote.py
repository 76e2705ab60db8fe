"""What a person would read of a stranger's page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.diagnosis.quote import page_text

SQUID = """<!DOCTYPE html><html><head><title>ERROR: The requested URL could not be retrieved</title>
<style>body { color: red }</style></head><body><h1>ERROR</h1><p>Access&nbsp;Denied.</p>
<script>alert(1)</script></body>"""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", ""),
        ("  blocked by\n policy 7 ", "blocked by policy 7"),
        (SQUID, "ERROR: The requested URL could not be retrieved: ERROR Access&nbsp;Denied."),
        ("<p>a</p><p>b</p>", "a b"),
        ("<!-- secret --><b>seen</b>", "seen"),
        ("<script>never closed", ""),
    ],
)
def test_words_without_markup(body: str, text: str) -> None:
    assert page_text(body) == text


def test_a_long_page_is_cut() -> None:
    assert page_text("word " * 1000, limit=20) == "word word word word…"


@given(st.text())
def test_any_text_gives_one_bounded_line(body: str) -> None:
    text = page_text(body)
    assert len(text) <= 200
    assert "\n" not in text


def test_endless_openings_cost_linear_time() -> None:
    assert len(page_text("<script " * 100_000)) <= 200
    assert len(page_text("<" * 500_000)) <= 200
