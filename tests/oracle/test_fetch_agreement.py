"""``modtrace fetch --probe off`` and the real ``go mod download`` do the same with every configuration of the table.

Compared, each program against its own fresh server: whether it succeeds, go's error text, the resolved version, both
hashes, what the programs that it runs were given, and the requests (``tests/oracle/comparison.py`` defines when two
logs are the same).
"""

from pathlib import Path

import pytest
from tests.oracle.cases import CASES
from tests.oracle.comparison import log, shorthand
from tests.oracle.harness import Case, Outcome, run_go, run_modtrace

# Direct mode is beyond this release: modtrace says what go would ask next, and leaves go's text open.
STOPS_AT_DIRECT = frozenset(
    {
        "direct",
        "list-404-direct",
        "list-500-pipe-direct",
        "list-direct-first",
        "private-goprivate",
        "private-gonoproxy",
        "private-goinsecure",
        "private-govcs-off",
    }
)
# go finds an unusable GOSUMDB when it has the first hash to compare; modtrace refuses it before any packet.
REFUSED_EARLIER = frozenset(
    {
        "gosumdb-unknown-name",
        "gosumdb-three-fields",
        "gosumdb-bad-hash",
        "gosumdb-bad-base64",
        "gosumdb-bad-url",
    }
)
# go runs the entries of GOAUTH in turn until it meets a bad one; modtrace refuses the list and runs nothing.
RUNS_NOTHING = frozenset({"goauth-off-in-a-list", "goauth-git-relative"})
# go reads a bare path as a dependency of the main module; modtrace fetches MODULE@VERSION only.
NOT_A_FETCH = frozenset({"query-no-version"})

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_modtrace_does_what_go_does(case: Case, tmp_path: Path, go_tool: str) -> None:
    go = run_go(case, tmp_path, go_tool)
    ours = run_modtrace(case, tmp_path, go_tool)
    page = f"--- go\n{shorthand(go.requests)}\n{go.raw}\n--- modtrace\n{shorthand(ours.requests)}\n{ours.raw}"
    assert ours.ok == go.ok, page
    assert case.may_suspect or not ours.suspicious, page
    if case.name in NOT_A_FETCH:
        assert "is not MODULE@VERSION" in ours.raw, page
        return
    if case.name in STOPS_AT_DIRECT:
        assert ours.error is None, page
        assert '"would_ask_first"' in ours.raw, page
    else:
        _compare_results(go, ours, page)
    if case.name in REFUSED_EARLIER:
        assert ours.requests == (), page
        return
    assert log(ours) == log(go), page
    assert ours.calls == ("" if case.name in RUNS_NOTHING else go.calls), page


def _compare_results(go: Outcome, ours: Outcome, page: str) -> None:
    if not go.is_json and not ours.is_json:
        return  # both refused the arguments or a setting: exit status 2 and one line, each in its own words
    assert ours.error == (None if go.ok else go.error), page
    if go.is_json and ours.requests:  # go prints no hash where it dies of a go.sum conflict
        assert (ours.zip_h1, ours.mod_h1) == (go.zip_h1, go.mod_h1), page
    if go.ok:
        assert ours.resolved == go.resolved, page
