"""globs.py against path.Match of the real Go."""

import random

import pytest
from tests.oracle.go_rules import GoRules

from modtrace.gorules.globs import path_match

pytestmark = pytest.mark.oracle
PAIRS = 20_000


def test_every_match_is_gos_match(go_rules: GoRules) -> None:
    chance = random.Random(7)

    def word(letters: str, most: int) -> str:
        return "".join(chance.choices(letters, k=chance.randint(0, most)))

    pairs = [(word("ab*?[]^-\\/é", 9), word("abé/-]", 6)) for _ in range(PAIRS)]
    answers = go_rules.answers([("match", *pair) for pair in pairs])
    differing = [
        (pair, answer)
        for pair, answer in zip(pairs, answers, strict=True)
        if path_match(*pair) != answer.get("match", False) or ("error" in answer and path_match(*pair))
    ]
    assert differing == []
    assert {answer.get("error") for answer in answers} == {None, "syntax error in pattern"}
    assert sum(answer["match"] for answer in answers) > PAIRS // 100, "the words must be such that some match"
