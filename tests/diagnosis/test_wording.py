"""Every cause that the code can raise has words, and the words have a form."""

import ast
import re
from typing import get_args

import pytest
from tests.house.tree import sources, tree_of

from modtrace.diagnosis.wording import WORDING, wording_of
from modtrace.record.causes import CAUSES, Cause, refines
from modtrace.record.phases import PHASES

NO_WORDS = "{text}"


def raised() -> dict[str, str]:
    """Every cause that stands as a string in the tracer or in Go's rules, with a file that names it.

    Phase names have the same form; a name that is both stays in.
    """
    found: dict[str, str] = {}
    for path in sources():
        if path.parts[2] in ("tracer", "gorules"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in CAUSES:
                    found.setdefault(node.value, str(path))
    return found


def test_the_search_finds_what_is_raised() -> None:
    assert {"tcp.refused", "dns.nxdomain", "tls.hello_unanswered", "config.goproxy_invalid"} <= set(raised())
    assert CAUSES.isdisjoint(PHASES)


def test_every_cause_that_is_raised_has_words() -> None:
    worded = set(WORDING)
    silent = [f"{cause} ({file})" for cause, file in raised().items() if not any(refines(cause, w) for w in worded)]
    assert silent == []


@pytest.mark.parametrize("cause", get_args(Cause))
def test_a_causes_words_are_its_own_or_its_nearest_shorter_ones(cause: Cause) -> None:
    words = wording_of(cause)
    if cause in WORDING:
        assert words is WORDING[cause]
    shorter = [row for name, row in WORDING.items() if refines(cause, name)]
    assert words in shorter or words.sentence == NO_WORDS


def test_a_refinement_without_words_takes_the_shorter_causes() -> None:
    assert "tls.reset.injected" not in WORDING
    assert wording_of("tls.reset.injected") is WORDING["tls.reset"]


def test_the_longest_fitting_row_wins() -> None:
    assert wording_of("tls.unknown_authority.no_roots") is WORDING["tls.unknown_authority.no_roots"]


@pytest.mark.parametrize(("cause", "words"), WORDING.items())
def test_a_sentence_is_one_line_without_a_full_stop_and_knows_its_placeholders(cause: str, words: object) -> None:
    row = WORDING[cause]  # type: ignore[index]  # the parametrized keys are this table's own
    assert words is row
    assert row.sentence.isprintable()
    assert not row.sentence.endswith(".")
    for text in (row.sentence, *(fix.do for fix in row.fixes)):
        assert set(re.findall(r"\{(\w*)\}", text)) <= {"where", "text"}


def test_a_fix_that_weakens_a_protection_says_what_it_costs() -> None:
    weakening = ("GOPRIVATE", "SSL_CERT_FILE", "GODEBUG", "pkg/sumdb")
    for words in WORDING.values():
        for fix in words.fixes:
            if any(word in fix.do for word in weakening):
                assert fix.costs, fix.do


def test_no_fix_turns_a_verification_off() -> None:
    for words in WORDING.values():
        for fix in words.fixes:
            assert not re.search(r"GONOSUMDB|GONOSUMCHECK|GOINSECURE|GOSUMDB=off|GOFLAGS=-insecure", fix.do)


def test_suspicion_needs_evidence_so_no_wording_of_it_is_certain() -> None:
    assert WORDING["tls.intercepted.trusted"].confidence != "certain"
