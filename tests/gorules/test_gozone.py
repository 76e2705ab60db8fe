"""Which files may hold the local zone, and what they say."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sim.zonemaker import zone_file

from modtrace.gorules.gozone import ZoneFile, utc_offset_s, zone_files

SUMMER, WINTER = 1_784_000_000, 1_767_000_000  # July and December
TOKYO = 9 * 3600


@pytest.mark.parametrize("tz", ["", ":", "UTC", ":UTC"])
def test_nothing_and_utc_need_no_file(tz: str) -> None:
    assert list(zone_files(tz, "/goroot")) == []


def test_without_tz_it_is_the_systems() -> None:
    assert list(zone_files(None, None)) == [ZoneFile("/etc/localtime")]


@pytest.mark.parametrize("tz", ["Asia/Tokyo", ":Asia/Tokyo"])
def test_a_name_is_looked_for_in_four_places_and_in_gos_tree_where_it_is_named(tz: str) -> None:
    *folders, archive = zone_files(tz, "/goroot")
    assert folders[0] == ZoneFile("/usr/share/zoneinfo//Asia/Tokyo")
    assert len(folders) == 4
    assert archive == ZoneFile("/goroot/lib/time/zoneinfo.zip", "Asia/Tokyo")
    assert list(zone_files(tz, None)) == folders


def test_a_path_is_itself() -> None:
    assert list(zone_files(":/x/y", None)) == [ZoneFile("/x/y")]


@pytest.mark.parametrize("version", [b"\0", b"2", b"3"])
@pytest.mark.parametrize("offset_s", [0, TOKYO, -12600])
def test_the_offset(version: bytes, offset_s: int) -> None:
    assert utc_offset_s(zone_file(offset_s, version=version), SUMMER) == offset_s


def test_the_rule_at_the_end_decides_about_the_future() -> None:
    data = zone_file(3600, footer=b"CET-1CEST,M3.5.0,M10.5.0/3")
    assert (utc_offset_s(data, SUMMER), utc_offset_s(data, WINTER)) == (7200, 3600)


def test_gos_archive() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("Asia/Tokyo", zone_file(TOKYO))
    assert utc_offset_s(archive.getvalue(), SUMMER, member="Asia/Tokyo") == TOKYO
    assert utc_offset_s(archive.getvalue(), SUMMER, member="No/Where") is None
    assert utc_offset_s(b"no archive", SUMMER, member="Asia/Tokyo") is None


def test_a_version_that_go_does_not_read_is_no_zone() -> None:
    assert utc_offset_s(zone_file(TOKYO, version=b"4"), SUMMER) is None


@pytest.mark.parametrize("length", range(0, len(zone_file(TOKYO)) - 10, 3))
def test_a_cut_file_is_no_zone(length: int) -> None:
    assert utc_offset_s(zone_file(TOKYO)[:length], SUMMER) is None


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    for head in (b"", b"TZif2", b"TZif\0"):
        utc_offset_s(head + data, SUMMER)
