"""Who may import what: the machine behind a few files, and one door per library (docs/decisions/0001)."""

from fnmatch import fnmatchcase

import pytest
from tests.house.tree import imports_of, sources

WORLD = "tracer/modtrace/tracer/world/*"
LAB = "lab/modtrace/lab/*"
MACHINE = (WORLD, "capture/modtrace/capture/*", "reports/modtrace/command/*", LAB)
WIRE = "tracer/modtrace/tracer/wire"
PROBES = "tracer/modtrace/tracer/probes/*"
FORMATS = "reports/modtrace/reports/formats"
TERMINAL = (f"{FORMATS}/terminal.py", "reports/modtrace/command/progress.py")

# Top-level module -> the files that may import it (fnmatch; ``*`` crosses folders).
# The lab plays the servers, so it speaks the same protocols from the other side.
DOORS: dict[str, tuple[str, ...]] = {
    "socket": MACHINE,
    "time": MACHINE,
    "random": MACHINE,
    "os": MACHINE,
    "select": MACHINE,
    "subprocess": MACHINE,
    "secrets": MACHINE,
    "dns": (f"{WIRE}/dns*.py", LAB),
    "OpenSSL": (f"{WIRE}/tls.py", LAB),
    "h2": (f"{WIRE}/http2.py", LAB),
    "hyperframe": (f"{WIRE}/http2*.py", LAB),
    "hpack": (f"{WIRE}/http2*.py", LAB),
    "h11": (f"{WIRE}/http1.py", LAB),
    "scapy": ("capture/modtrace/capture/*", PROBES),
    "tabulate": TERMINAL,
    "rich": TERMINAL,
    "jinja2": (f"{FORMATS}/html.py",),
    "click": ("reports/modtrace/command/*",),
}


@pytest.mark.parametrize("library", DOORS)
def test_a_library_is_imported_behind_its_door_only(library: str) -> None:
    elsewhere = [
        str(source)
        for source in sources()
        if any(name.partition(".")[0] == library for name in imports_of(source))
        and not any(fnmatchcase(str(source), door) for door in DOORS[library])
    ]
    assert elsewhere == []


def test_rules_of_go_are_pure() -> None:
    actors = [str(source) for source in sources() if "gorules" in source.parts and "trio" in imports_of(source)]
    assert actors == []
