"""Distinguished names as Go reads them (Go 1.26 crypto/x509/parser.go parseName, parseASN1String; pkix.Name)."""

import re

import msgspec

from modtrace.gorules.der import SEQUENCE, SET, DerError, Reader

_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.17": "POSTALCODE",
}
_PRINTABLE = re.compile(rb"[A-Za-z0-9'()+,\-./ :=?*&]*")
_NUMERIC = re.compile(rb"[0-9 ]*")
_WORDS = "x509: invalid RDNSequence: invalid attribute value"


class Name(msgspec.Struct, frozen=True):
    """Attributes in the certificate's order: ``(type, value)``, types by their short name where they have one."""

    attributes: tuple[tuple[str, str], ...]

    @property
    def common_name(self) -> str:
        """The last one given, as in ``pkix.Name``."""
        return next((value for kind, value in reversed(self.attributes) if kind == "CN"), "")

    @property
    def organizations(self) -> list[str]:
        return [value for kind, value in self.attributes if kind == "O"]

    def __str__(self) -> str:
        """Most specific first: ``CN=a,O=b``."""
        return ",".join(f"{kind}={value}" for kind, value in reversed(self.attributes))


def parse_name(content: bytes) -> Name:
    """The content of a Name's SEQUENCE."""
    attributes: list[tuple[str, str]] = []
    names = Reader(content)
    while not names.is_empty:
        group = names.enter("x509: invalid RDNSequence", SET)
        while not group.is_empty:
            pair = group.enter("x509: invalid RDNSequence: invalid attribute", SEQUENCE)
            oid = pair.oid("x509: invalid RDNSequence: invalid attribute type")
            value = pair.any(_WORDS)
            attributes.append((_SHORT.get(oid, oid), _string(value.tag, value.content)))
    return Name(tuple(attributes))


def _string(tag: int, value: bytes) -> str:
    if tag == 0x0C:
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise DerError(f"{_WORDS}: invalid UTF-8 string") from None
    if tag == 0x13:
        return _checked(_PRINTABLE.fullmatch(value) is not None, value, "PrintableString")
    if tag == 0x14:
        return value.decode("latin-1")
    if tag == 0x16:
        return _checked(value.isascii(), value, "IA5String")
    if tag == 0x12:
        return _checked(_NUMERIC.fullmatch(value) is not None, value, "NumericString")
    if tag == 0x1E:
        return _bmp(value)
    raise DerError(f"{_WORDS}: unsupported string type: {tag}")


def _checked(ok: bool, value: bytes, kind: str) -> str:
    if not ok:
        raise DerError(f"{_WORDS}: invalid {kind}")
    return value.decode("ascii")


def _bmp(value: bytes) -> str:
    points = [int.from_bytes(value[at : at + 2]) for at in range(0, len(value), 2)]
    reserved = any(p in (0xFFFE, 0xFFFF) or 0xFDD0 <= p <= 0xFDEF or 0xD800 <= p <= 0xDFFF for p in points)
    if len(value) % 2 or reserved:
        raise DerError(f"{_WORDS}: invalid BMPString")
    if points and points[-1] == 0:
        points.pop()
    return "".join(map(chr, points))
