"""A stranger's page in one line: what a person would read of it, quoted and never believed."""

import re

_UNREAD = re.compile(r"(?is)<(script|style|head)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
_TITLE = re.compile(r"(?is)<title[^>]{0,100}>([^<]{1,200})")
_TAG = re.compile(r"<[^>]{0,1000}>")
_LOOKED_AT_CHARS = 16_384


def page_text(body: str, limit: int = 200) -> str:
    """Title and text without markup, at most ``limit`` characters; empty for a page without words."""
    looked_at = body[:_LOOKED_AT_CHARS]
    title = _TITLE.search(looked_at)
    text = _TAG.sub(" ", _UNREAD.sub(" ", looked_at))
    words = " ".join(((title[1] + ": ") if title else "").split() + text.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"
