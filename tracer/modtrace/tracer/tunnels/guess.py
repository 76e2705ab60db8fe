"""What the first bytes of an answer look like that is not the expected protocol: a hint for a person, no evidence."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"HTTP/", "HTTP: is this the port of an HTTP proxy or a web server?"),
    (b"\x05", "SOCKS5: try socks5:// in front of the proxy's address"),
    (b"\x00Z", "SOCKS4, which go does not speak"),
    (b"\x00[", "SOCKS4, which go does not speak"),
    (b"\x15\x03", "a TLS alert: does this proxy want https:// in front of its address?"),
    (b"\x16\x03", "TLS"),
    (b"\x00\x00", "HTTP/2 frames: this proxy insists on HTTP/2, go speaks HTTP/1.1 to proxies"),
    (b"SSH-", "an SSH server"),
    (b"220", "a mail or FTP server"),
    (b"<", "a web page without HTTP in front of it"),
)


def guess(first_bytes: bytes) -> str | None:
    """``None`` when nothing known begins like that. Two bytes are enough to go by: SOCKS reads no more of an answer."""
    return next((words for known, words in _BEGINNINGS if _agree(first_bytes, known)), None)


def _agree(first_bytes: bytes, known: bytes) -> bool:
    return first_bytes.startswith(known) or (len(first_bytes) > 1 and known.startswith(first_bytes))
