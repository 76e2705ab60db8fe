"""Evidence beside the events: each thing once, under a harmless name, and never at the price of the run."""

import hashlib
from pathlib import Path

import pytest

from modtrace.record.limits import HTTP_ERROR_BODY_KEPT_BYTES
from modtrace.tracer.world.bundle import Bundle
from modtrace.tracer.world.evidence import Evidence


def files(bundle: Bundle) -> dict[str, bytes]:
    root = bundle.directory
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_each_kind_has_its_folder(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    evidence = Evidence(bundle, keeps_keys=False)
    evidence.keep_certificate(b"der")
    evidence.keep_certificate(b"der")
    evidence.keep_response("span-7", b"no")
    evidence.keep_note("sum.test", b"note\n")
    assert files(bundle) == {
        f"certs/{hashlib.sha256(b'der').hexdigest()}.der": b"der",
        "responses/span-7": b"no",
        "sumdb/sum.test": b"note\n",
    }


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        (".hidden", "hidden"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("a\x1b[31m\0b/c", "a_31m_b_c"),
        ("n" * 500, "n" * 120),
    ],
)
def test_a_strangers_name_stays_in_its_folder(name: str, kept_as: str, tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    Evidence(bundle, keeps_keys=False).keep_note(name, b"x")
    assert files(bundle) == {f"sumdb/{kept_as}": b"x"}


def test_a_body_is_kept_to_its_limit(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    Evidence(bundle, keeps_keys=False).keep_response("span-1", bytes(HTTP_ERROR_BODY_KEPT_BYTES + 1))
    assert len(files(bundle)["responses/span-1"]) == HTTP_ERROR_BODY_KEPT_BYTES


@pytest.mark.parametrize("keeps_keys", [False, True])
def test_tls_secrets_reach_the_disk_only_when_ordered(keeps_keys: bool, tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    evidence = Evidence(bundle, keeps_keys=keeps_keys)
    evidence.keep_keys(["A 1 2"])
    evidence.keep_keys(["B 1 2"])
    assert files(bundle) == ({"tls-keys.log": b"A 1 2\nB 1 2\n"} if keeps_keys else {})


def test_a_disk_that_takes_nothing_loses_evidence_and_says_which(tmp_path: Path) -> None:
    bundle = Bundle.create(tmp_path / "b")
    bundle.directory.rmdir()
    bundle.directory.write_text("no directory any more")
    evidence = Evidence(bundle, keeps_keys=True)
    evidence.keep_response("span-1", b"x")
    evidence.keep_keys(["A"])
    assert [line.partition(":")[0] for line in evidence.lost] == ["responses/span-1", "tls-keys.log"]
