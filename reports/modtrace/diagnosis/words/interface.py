"""The shape of a cause's words."""

import msgspec

from modtrace.record.causes import Confidence
from modtrace.record.summary import Fix


class Wording(msgspec.Struct, frozen=True):
    """A sentence, the confidence that the failing step alone supports, and the fixes in order of usefulness."""

    sentence: str
    confidence: Confidence
    fixes: tuple[Fix, ...] = ()
