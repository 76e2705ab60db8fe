"""GOFLAGS: its words, and what go refuses in it at its start."""

import pytest

from modtrace.gorules.goflags import check_goflags
from modtrace.record.failures import GoRuleError


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        ("", ()),
        ("  ", ()),
        ("-mod=mod  --modcacherw\t-x", ("-mod=mod", "--modcacherw", "-x")),
        ("'-ldflags=-s -w' -v", ("-ldflags=-s -w", "-v")),
        ('"-tags=a b"', ("-tags=a b",)),
        ("-mod=", ("-mod=",)),
    ],
)
def test_known_flags_are_words(value: str, flags: tuple[str, ...]) -> None:
    assert check_goflags(value) == flags


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("mod=mod", 'non-flag "mod=mod"'),
        ("-", 'non-flag "-"'),
        ("--", 'non-flag "--"'),
        ("---x", 'non-flag "---x"'),
        ("-=1", 'non-flag "-=1"'),
        ("--=1", 'non-flag "--=1"'),
        ("-nonsense", "unknown flag -nonsense"),
        ("--nonsense=1", "unknown flag -nonsense"),
        ("-x -X", "unknown flag -X"),
        ("'-x", "unterminated ' string"),
        ('-x "', 'unterminated " string'),
    ],
)
def test_the_first_refusal_is_in_gos_words(value: str, reason: str) -> None:
    with pytest.raises(GoRuleError) as refusal:
        check_goflags(value)
    assert refusal.value.text == f"parsing $GOFLAGS: {reason}"
    assert refusal.value.cause == "config.goenv_unreadable"
