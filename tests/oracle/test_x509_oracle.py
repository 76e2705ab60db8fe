"""Our verdict on a chain against ``crypto/x509``: the same word for word."""

import base64
import json
import random
import subprocess
from pathlib import Path

import pytest
from tests.oracle.x509_cases import Case, all_cases
from tests.sim.certmaker import NOW_S

from modtrace.gorules.certificates import verify
from modtrace.gorules.roots import RootCertificate, Roots

pytestmark = pytest.mark.oracle

_SOURCE = Path(__file__).with_name("x509verify.go.txt")


@pytest.fixture(scope="session")
def go_verify(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("x509verify")
    (folder / "main.go").write_bytes(_SOURCE.read_bytes())
    built = folder / "x509verify"
    subprocess.run([go_tool, "build", "-o", str(built), "main.go"], cwd=folder, check=True, timeout=300)
    return built


def _go_says(program: Path, cases: list[Case]) -> list[str]:
    lines = [
        json.dumps(
            {
                "Host": case.host,
                "Now": int(NOW_S),
                "Chain": [base64.b64encode(der).decode() for der in case.chain],
                "Roots": [base64.b64encode(der).decode() for der in case.roots],
            }
        )
        for case in cases
    ]
    done = subprocess.run(
        [str(program)], input="\n".join(lines), capture_output=True, text=True, check=True, timeout=120
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _we_say(case: Case) -> str:
    roots = Roots(RootCertificate(der, "test") for der in case.roots)
    return verify(case.chain, host=case.host, now_s=NOW_S, roots=roots).go_text or ""


def test_every_generated_chain_gets_the_words_of_go(go_verify: Path) -> None:
    cases = all_cases()
    assert len(cases) >= 40
    answers = _go_says(go_verify, cases)
    different = [
        (case.name, ours, theirs)
        for case, theirs in zip(cases, answers, strict=True)
        if (ours := _we_say(case)) != theirs
    ]
    assert different == []


def test_mutated_certificates_get_the_same_verdict(go_verify: Path) -> None:
    """Bytes changed anywhere: the words may differ in rare parser corners, acceptance never."""
    rng = random.Random(20261123)
    small = [case for case in all_cases() if sum(map(len, case.chain)) < 4000]
    mutated = []
    for _ in range(3000):
        case = rng.choice(small)
        chain = [bytearray(der) for der in case.chain]
        target = rng.choice(chain)
        for _ in range(rng.randint(1, 2)):
            target[rng.randrange(len(target))] = rng.randrange(256)
        mutated.append(Case(case.name, case.host, [bytes(der) for der in chain], case.roots))
    answers = _go_says(go_verify, mutated)
    pairs = [(case, _we_say(case), theirs) for case, theirs in zip(mutated, answers, strict=True)]
    accepted_differently = [(c.name, ours, theirs) for c, ours, theirs in pairs if (ours == "") != (theirs == "")]
    assert accepted_differently == []
    same_words = sum(ours == theirs for _, ours, theirs in pairs)
    assert same_words >= 0.97 * len(pairs), [(o, t) for _, o, t in pairs if o != t][:20]
