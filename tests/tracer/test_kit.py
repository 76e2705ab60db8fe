"""The evidence of the world is the store that the kit's stages know."""

from pathlib import Path

from modtrace.tracer.kit import Kit, Store
from modtrace.tracer.world.bundle import Bundle
from modtrace.tracer.world.evidence import Evidence


def test_evidence_is_a_store(tmp_path: Path) -> None:
    store: Store = Evidence(Bundle.create(tmp_path / "b"), keeps_keys=False)
    store.keep_note("n", b"x")
    assert (tmp_path / "b" / "sumdb" / "n").read_bytes() == b"x"


def test_a_kit_names_all_its_parts() -> None:
    assert set(Kit.__struct_fields__) >= {"world", "recorder", "module", "query", "sources", "database", "go_sum"}
