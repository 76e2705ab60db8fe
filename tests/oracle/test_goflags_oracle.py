"""The flags that go accepts in GOFLAGS, against the real command."""

import os
import subprocess

import pytest

from modtrace.gorules.goflags import KNOWN_FLAGS, check_goflags
from modtrace.record.failures import GoRuleError

VALUES = (
    *(f"-{name}" for name in sorted(KNOWN_FLAGS)),
    "-nonsense",
    "nonsense",
    "-",
    "--",
    "---x",
    "-=1",
    "--mod=mod",
    "-mod=mod -x",
    "'-ldflags=-s -w'",
    "'unterminated",
    "-X",
)


@pytest.mark.oracle
@pytest.mark.parametrize("value", VALUES)
def test_goflags_are_refused_exactly_when_go_refuses_them(value: str, go_tool: str) -> None:
    environment = {**os.environ, "GOFLAGS": value}
    go = subprocess.run([go_tool, "version"], env=environment, capture_output=True, text=True, check=False)
    try:
        check_goflags(value)
        ours = ""
    except GoRuleError as error:
        ours = f"go: {error.text}\n"
    assert go.stderr == ours
