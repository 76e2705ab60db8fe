"""Time zone files (RFC 8536), made by hand."""

import struct


def zone_file(offset_s: int, *, version: bytes = b"2", footer: bytes = b"") -> bytes:
    """A zone that has always been ``offset_s`` east of UTC, unless ``footer`` (a POSIX rule) says otherwise."""
    counts = struct.pack(">6I", 0, 0, 0, 1, 1, 4)  # one moment, one kind of time, its name
    body = struct.pack(">ibb", offset_s, 0, 0) + b"LAB\0"
    first = b"TZif" + version + bytes(15) + counts + struct.pack(">i", -(2**31)) + b"\0" + body
    if version == b"\0":
        return first
    second = b"TZif" + version + bytes(15) + counts + struct.pack(">q", -(2**40)) + b"\0" + body
    return first + second + b"\n" + footer + b"\n"
