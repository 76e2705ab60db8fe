"""The offset that go would print: of the first usable file, else UTC."""

import errno

import pytest
from tests.sim.host_world import HostWorld
from tests.sim.zonemaker import zone_file

from modtrace.tracer.steps.localzone import local_utc_offset_s

TOKYO = 9 * 3600
DENIED = PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("environ", "files", "offset_s"),
    [
        ({}, {"/etc/localtime": zone_file(TOKYO)}, TOKYO),
        ({}, {}, 0),
        ({}, {"/etc/localtime": DENIED}, 0),
        ({}, {"/etc/localtime": b"not a zone"}, 0),
        ({"TZ": ""}, {"/etc/localtime": zone_file(TOKYO)}, 0),
        ({"TZ": "JST-9"}, {"/etc/localtime": zone_file(TOKYO)}, 0),
        ({"TZ": "A/B"}, {"/usr/share/zoneinfo//A/B": b"damaged", "/etc/zoneinfo/A/B": zone_file(TOKYO)}, TOKYO),
        ({"TZ": "/x"}, {"/x": zone_file(-3600)}, -3600),
    ],
)
def test_the_first_usable_file_decides(
    environ: dict[str, str], files: dict[str, bytes | OSError], offset_s: int
) -> None:
    assert local_utc_offset_s(HostWorld(environ, files)) == offset_s
