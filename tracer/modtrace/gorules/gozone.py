"""The local time zone as Go finds it, for the one place where go prints local time: a certificate's dates.

Go 1.26 time/zoneinfo_unix.go (initLocal), time/zoneinfo_read.go (loadLocation, LoadLocationFromTZData). Unlike the C
library, Go knows no ``TZ=JST-9``: what isn't a zone's file is UTC.
"""

import datetime
import io
import struct
import zipfile
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

_FOLDERS = ("/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/", "/usr/lib/locale/TZ/", "/etc/zoneinfo")
_VERSIONS = b"\x0023"  # of the files that Go reads; it refuses a later one

# What the standard library says of a cut or made-up zone or archive.
_DAMAGES = (
    ValueError,
    LookupError,
    OSError,
    EOFError,
    OverflowError,
    NotImplementedError,
    struct.error,
    zipfile.BadZipFile,
)


class ZoneFile(NamedTuple):
    """A file to look at; with ``member``, a zip archive that may hold it."""

    path: str
    member: str = ""


def zone_files(tz: str | None, goroot: str | None) -> Sequence[ZoneFile]:
    """Where the zone may be, the first usable one counts. ``tz`` is ``$TZ``, ``goroot`` is ``$GOROOT``; none: UTC."""
    name = "localtime" if tz is None else tz.removeprefix(":")
    if name in ("", "UTC"):
        return ()
    if tz is None:
        found = [ZoneFile(f"/etc/{name}")]
    else:
        found = [ZoneFile(name)] if name.startswith("/") else [ZoneFile(f"{folder}/{name}") for folder in _FOLDERS]
    if goroot:
        found.append(ZoneFile(f"{goroot}/lib/time/zoneinfo.zip", name))
    return found


def utc_offset_s(data: bytes, at_s: float, *, member: str = "") -> int | None:
    """Seconds east of UTC at the Unix time ``at_s``; ``None`` for a file that Go can't use."""
    try:
        if member:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = archive.read(member)
        if data[:4] != b"TZif" or data[4:5] not in _VERSIONS:
            return None
        zone = ZoneInfo.from_file(io.BytesIO(data))
        offset = datetime.datetime.fromtimestamp(at_s, zone).utcoffset()
    except _DAMAGES:
        return None
    return None if offset is None else int(offset.total_seconds())
