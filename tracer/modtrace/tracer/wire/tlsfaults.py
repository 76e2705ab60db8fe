"""How a TLS exchange ends badly, in Go's words (Go 1.26 crypto/tls: alert.go, conn.go, handshake_client*.go)."""

import re

import msgspec

from modtrace.record.causes import Cause

BAD_CERTIFICATE = 42

ALERTS: dict[int, str] = {
    0: "close notify",
    10: "unexpected message",
    20: "bad record MAC",
    21: "decryption failed",
    22: "record overflow",
    30: "decompression failure",
    40: "handshake failure",
    42: "bad certificate",
    43: "unsupported certificate",
    44: "revoked certificate",
    45: "expired certificate",
    46: "unknown certificate",
    47: "illegal parameter",
    48: "unknown certificate authority",
    49: "access denied",
    50: "error decoding message",
    51: "error decrypting message",
    60: "export restriction",
    70: "protocol version not supported",
    71: "insufficient security level",
    80: "internal error",
    86: "inappropriate fallback",
    90: "user canceled",
    100: "no renegotiation",
    109: "missing extension",
    110: "unsupported extension",
    111: "certificate unobtainable",
    112: "unrecognized name",
    113: "bad certificate status response",
    114: "bad certificate hash value",
    115: "unknown PSK identity",
    116: "certificate required",
    120: "no application protocol",
    121: "encrypted client hello required",
}

_ALERT_CAUSES: dict[int, Cause] = {70: "tls.version_unsupported", 116: "tls.client_certificate_required"}


class TlsFault(Exception):
    """The exchange cannot go on. ``go_text`` is what Go's ``crypto/tls`` returns; ``alert`` what it sends, if anything.

    ``is_exact`` is false where OpenSSL's reason does not determine Go's sentence: then the words are the nearest ones.
    """

    def __init__(
        self, cause: Cause, text: str, go_text: str, *, alert: int | None = None, is_exact: bool = True, limit: str = ""
    ) -> None:
        super().__init__(text)
        self.cause: Cause = cause
        self.text = text
        self.go_text = go_text
        self.alert = alert
        self.is_exact = is_exact
        self.limit = limit or None


class TlsBroken(OSError):
    """Raised by a TLS link's ``receive`` and ``send`` after the handshake; ``go_text`` is Go's whole text."""

    def __init__(self, fault: TlsFault) -> None:
        super().__init__(fault.go_text)
        self.fault = fault
        self.cause: Cause = fault.cause
        self.go_text = fault.go_text


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert seen, in clear or after decryption."""

    sent_by_us: bool
    level: int
    code: int

    @property
    def name(self) -> str:
        return alert_name(self.code)


def alert_name(code: int) -> str:
    """Go's words for it; unknown codes as Go prints them."""
    return ALERTS.get(code, f"alert({code})")


def remote_alert(code: int) -> TlsFault:
    """The peer's fatal alert."""
    name = alert_name(code)
    cause = _ALERT_CAUSES.get(code, "tls.alert")
    return TlsFault(cause, f"the server ended TLS with the alert {name!r}", f"remote error: tls: {name}")


def local_alert(code: int, text: str, *, cause: Cause = "tls.corrupted", is_exact: bool = True) -> TlsFault:
    """An error for which Go has no words but the alert that it sends."""
    return TlsFault(cause, text, f"local error: tls: {alert_name(code)}", alert=code, is_exact=is_exact)


# OpenSSL's reason, lower case -> (cause, Go's text, exact). The reasons are those of OpenSSL 3 and 4.
_REASONS: list[tuple[str, Cause, str, bool]] = [
    (r"bad record mac|decryption failed|block cipher pad", "tls.corrupted", "local error: tls: bad record MAC", True),
    (r"digest check failed", "tls.corrupted", "tls: invalid server finished hash", False),
    (
        r"bad signature|wrong signature (type|length)|ecdsa|verification failure",
        "tls.corrupted",
        "tls: invalid signature by the server certificate: x509: ECDSA verification failure",
        False,
    ),
    (r"excessive message size|message too long", "tls.oversized", "local error: tls: internal error", False),
    (r"(wrong|unknown) cipher returned", "tls.corrupted", "tls: server chose an unconfigured cipher suite", True),
    (
        r"inappropriate fallback|downgrade",
        "tls.corrupted",
        "tls: downgrade attempt detected, possibly due to a MitM attack or a broken middlebox",
        True,
    ),
    (r"bad key share|wrong curve", "tls.corrupted", "tls: server selected unsupported group", False),
    (r"too many key updates", "tls.corrupted", "tls: too many non-advancing records", True),
    (
        r"record too small|too many (empty fragments|warn alerts)",
        "tls.corrupted",
        "tls: too many ignored records",
        False,
    ),
    (
        r"data length too long|encrypted length too long|packet length too long",
        "tls.oversized",
        "local error: tls: record overflow",
        False,
    ),
    (r"unsafe legacy renegotiation", "tls.corrupted", "tls: unsafe legacy renegotiation", False),
    (
        r"asn1|wrong tag|header too long|nested|not enough data|too long",
        "tls.corrupted",
        "tls: failed to parse certificate from server: x509: malformed certificate",
        False,
    ),
]


def openssl_fault(reasons: list[str], alert_sent: int | None) -> TlsFault:
    """The fault that OpenSSL's error queue tells, in the nearest words of Go's."""
    joined = "; ".join(reasons) or "no reason given"
    lowered = joined.lower()
    for pattern, cause, go_text, is_exact in _REASONS:
        if re.search(pattern, lowered):
            return TlsFault(cause, f"TLS failed: {joined}", go_text, alert=alert_sent, is_exact=is_exact)
    code = alert_sent if alert_sent is not None else 80
    return local_alert(code, f"TLS failed: {joined}", is_exact=False)
