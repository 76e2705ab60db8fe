"""DER for tests, well-formed or not: the writer knows no rule that it would not break."""


def der(tag: int, *contents: bytes) -> bytes:
    """One element, its length in the shortest form."""
    content = b"".join(contents)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*contents: bytes) -> bytes:
    return der(0x30, *contents)


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    return der(0x06, *map(_base128, [first * 40 + second, *rest]))


def bits(data: bytes, unused: int = 0) -> bytes:
    return der(0x03, bytes([unused]), data)


def _base128(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))
