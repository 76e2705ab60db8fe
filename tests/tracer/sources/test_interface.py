"""One thing asked of a source: its path below the module, its phase, its limit."""

from typing import get_args

import pytest

from modtrace.record import limits
from modtrace.record.failures import GoRuleError
from modtrace.record.phases import PHASES
from modtrace.tracer.sources.interface import Kind, Operation


@pytest.mark.parametrize(
    ("kind", "tail", "subject", "limit"),
    [
        ("info", "@v/v1.0.0.info", "x.test/M@v1.0.0", "MODULE_INFO_BYTES"),
        ("mod", "@v/v1.0.0.mod", "x.test/M@v1.0.0", "MODULE_MOD_BYTES"),
        ("zip", "@v/v1.0.0.zip", "x.test/M@v1.0.0", "MODULE_ZIP_BYTES"),
        ("list", "@v/list", "x.test/M@v1.0.0", "MODULE_LIST_BYTES"),
        ("latest", "@latest", "x.test/M@v1.0.0", "MODULE_INFO_BYTES"),
    ],
)
def test_each_kind_has_its_path_and_its_limit(kind: Kind, tail: str, subject: str, limit: str) -> None:
    operation = Operation(kind=kind, module="x.test/M", version="v1.0.0")
    assert (operation.tail, operation.subject, operation.limit_name) == (tail, subject, limit)
    assert operation.limit_bytes == getattr(limits, limit)
    assert operation.phase == f"module.{kind}"
    assert operation.escaped_module == "x.test/!m"


def test_every_kind_is_a_phase_of_the_record() -> None:
    assert {Operation(kind=kind, module="m").phase for kind in get_args(Kind)} <= set(PHASES)


def test_versions_are_escaped_and_revisions_too() -> None:
    assert Operation(kind="info", module="m", version="v1.0.0-RC1").tail == "@v/v1.0.0-!r!c1.info"
    assert Operation(kind="info", module="m", version="master").tail == "@v/master.info"


def test_without_a_version_the_subject_is_the_module() -> None:
    assert Operation(kind="list", module="x.test/m").subject == "x.test/m"


def test_what_go_cannot_escape_it_refuses() -> None:
    with pytest.raises(GoRuleError):
        _ = Operation(kind="info", module="m", version="v1.0.0/../..").tail
    with pytest.raises(GoRuleError):
        _ = Operation(kind="info", module="x.test/a b", version="v1.0.0").escaped_module
