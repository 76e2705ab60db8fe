"""Structs as JSON, whatever their strings hold.

Bytes that are no UTF-8 (an argument, a header, a file's line) stand in a Python string as lone surrogates, which JSON
can't carry. Each becomes U+FFFD, as in Go's encoding/json.
"""

import re

import msgspec

from modtrace.record.failures import Json

_LONE = re.compile("[\ud800-\udfff]")
_encoder = msgspec.json.Encoder()


def encoded(value: msgspec.Struct) -> bytes:
    """One line of JSON, without a newline."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_mended(msgspec.to_builtins(value)))


def _mended(value: Json) -> Json:
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_LONE.sub("\ufffd", key): _mended(item) for key, item in value.items()}
    return value
