"""What the ServerHello and the ServerKeyExchange say in clear. Pure; ``None`` for anything that cannot be decoded."""

import hashlib

import msgspec

MESSAGES = {
    0: "hello_request",
    1: "client_hello",
    2: "server_hello",
    4: "new_session_ticket",
    5: "end_of_early_data",
    8: "encrypted_extensions",
    11: "certificate",
    12: "server_key_exchange",
    13: "certificate_request",
    14: "server_hello_done",
    15: "certificate_verify",
    16: "client_key_exchange",
    20: "finished",
    22: "certificate_status",
    24: "key_update",
}
_RETRY_RANDOM = hashlib.sha256(b"HelloRetryRequest").digest()  # RFC 8446, 4.1.3
_SUPPORTED_VERSIONS, _KEY_SHARE = 43, 51
_NAMED_CURVE = 3


class ServerHello(msgspec.Struct, frozen=True, kw_only=True):
    """``group`` is known in TLS 1.3 only; TLS 1.2 tells it in the ServerKeyExchange."""

    version: int
    suite: int
    group: int | None
    is_retry: bool
    extensions: tuple[int, ...]


def parse_server_hello(body: bytes) -> ServerHello | None:
    """The message's body, without its 4-byte header."""
    if len(body) < 38 or len(body) < 38 + body[34]:
        return None
    version, at = int.from_bytes(body[:2]), 35 + body[34]
    suite = int.from_bytes(body[at : at + 2])
    at += 3
    extensions = _extensions(body[at:])
    if extensions is None:
        return None
    selected = extensions.get(_SUPPORTED_VERSIONS, b"")
    share = extensions.get(_KEY_SHARE, b"")
    if len(selected) not in (0, 2) or (_KEY_SHARE in extensions and len(share) < 2):
        return None
    return ServerHello(
        version=int.from_bytes(selected) or version,
        suite=suite,
        group=int.from_bytes(share[:2]) if share else None,
        is_retry=body[2:34] == _RETRY_RANDOM,
        extensions=tuple(extensions),
    )


def key_exchange_group(body: bytes) -> int | None:
    """The named curve of an ECDHE ServerKeyExchange (TLS 1.2)."""
    if len(body) < 3 or body[0] != _NAMED_CURVE:
        return None
    return int.from_bytes(body[1:3])


def _extensions(data: bytes) -> dict[int, bytes] | None:
    found: dict[int, bytes] = {}
    if not data:
        return found
    if len(data) < 2 or int.from_bytes(data[:2]) != len(data) - 2:
        return None
    at = 2
    while at < len(data):
        length = int.from_bytes(data[at + 2 : at + 4])
        kind = int.from_bytes(data[at : at + 2])
        if at + 4 + length > len(data) or kind in found:
            return None
        found[kind] = data[at + 4 : at + 4 + length]
        at += 4 + length
    return found
