"""Fixtures of the oracle tests: the real go command."""

import os
import shutil

import pytest
from tests.oracle.go_rules import GoRules


@pytest.fixture(scope="session")
def go_tool() -> str:
    """The go binary. Without one these tests are skipped, except in CI, where they must not vanish in silence."""
    found = shutil.which("go")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needs a Go toolchain")
        pytest.skip("needs a Go toolchain")
    return found


@pytest.fixture(scope="session")
def go_rules(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> GoRules:
    """Go's path.Match and net/url, built once."""
    return GoRules(go_tool, tmp_path_factory.mktemp("go_rules"))
