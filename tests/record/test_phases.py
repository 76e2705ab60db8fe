"""The closed list of phases."""

from typing import get_args

import pytest

from modtrace.record.causes import LAYERS
from modtrace.record.phases import MEANINGS, PHASES, PhaseName, split

# The contract's section 2, without the probes of a later release.
CONTRACT = (
    "config.plan dns.resolve dns.query tcp.connect proxy.tunnel tls.handshake http.request http.first_byte "
    "body.receive http.redirect module.info module.mod module.zip module.list module.latest "
    "sumdb.supported sumdb.lookup sumdb.tile sumdb.proof zip.check"
)
ADDED = {"config.goauth", "proxy.probe.prefix"}  # docs/decisions


def test_the_phases_are_the_contracts_and_what_was_added() -> None:
    assert set(CONTRACT.split()) | ADDED == PHASES


def test_every_phase_has_one_meaning() -> None:
    assert set(MEANINGS) == PHASES
    assert len(set(MEANINGS.values())) == len(PHASES)


@pytest.mark.parametrize("phase", get_args(PhaseName))
def test_a_phase_splits_into_a_layer_and_a_name(phase: PhaseName) -> None:
    layer, name = split(phase)
    assert f"{layer}.{name}" == phase
    assert layer in LAYERS
    assert name
