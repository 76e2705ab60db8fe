"""What a TLS connection needs: each piece done once, in order, by whoever has the time."""

from pathlib import Path

import pytest
from tests.oracle.harness import authority

from modtrace.lab.authority import write_roots
from modtrace.tracer import preparation
from modtrace.tracer.preparation import Preparation
from modtrace.tracer.world.real import RealWorld


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order; the roots are read for true."""
    said: list[str] = []
    for name in ("_import_handshake", "_import_judges", "_import_http2", "_read_public_roots"):
        monkeypatch.setattr(preparation, name, lambda name=name: said.append(name))
    return said


def world(folder: Path) -> RealWorld:
    return RealWorld({"SSL_CERT_FILE": str(write_roots(authority(), folder)), "SSL_CERT_DIR": "/nowhere"})


def test_a_thread_does_the_hellos_code_in_any_case_and_more_while_there_is_time(
    done: list[str], tmp_path: Path
) -> None:
    prepared = Preparation(world(tmp_path))
    prepared.begin(lambda: False)
    assert (done, prepared.is_complete) == (["_import_handshake"], False)
    left = iter([True, True, False])
    prepared.begin(lambda: next(left))
    assert done == ["_import_handshake", "_import_judges", "_import_http2", "_read_public_roots"]
    assert not prepared.is_complete
    prepared.begin(lambda: True)
    assert prepared.is_complete


def test_asking_for_the_roots_does_what_is_left_once(done: list[str], tmp_path: Path) -> None:
    prepared = Preparation(world(tmp_path))
    roots = prepared.roots()
    assert len(roots) == 1
    assert done == ["_import_handshake", "_import_judges", "_import_http2", "_read_public_roots"]
    assert prepared.is_complete
    assert prepared.roots() is roots
    assert len(done) == 4
