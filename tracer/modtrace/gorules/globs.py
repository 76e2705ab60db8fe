"""GOPRIVATE and its kin: comma lists of globs that match a module path's prefix.

Go 1.26 x/mod/module/module.go MatchPrefixPatterns; path/match.go Match.
"""

_BAD = object()


def match_prefix_patterns(globs: str, target: str) -> bool:
    """Does any glob of the comma list match as many leading elements of ``target`` as it has itself?

    One trailing ``/`` of a glob is dropped, an empty glob is skipped, spaces are not trimmed, a malformed one matches
    nothing.
    """
    for glob in globs.split(","):
        pattern = glob.removesuffix("/")
        if not pattern:
            continue
        elements = target.split("/")
        count = pattern.count("/") + 1
        if len(elements) < count:
            continue
        if path_match(pattern, "/".join(elements[:count])):
            return True
    return False


def path_match(pattern: str, name: str) -> bool:
    """Go's ``path.Match``; a malformed pattern (its ErrBadPattern) is no match."""
    while pattern:
        star, chunk, pattern = _scan_chunk(pattern)
        if star and not chunk:
            return "/" not in name
        rest = _match_chunk(chunk, name)
        if isinstance(rest, str) and (not rest or pattern):
            name = rest
            continue
        if rest is _BAD:
            return False
        after = _after_star(chunk, name, is_last=not pattern) if star else None
        if after is None:
            return False
        name = after
    return not name


def _after_star(chunk: str, name: str, *, is_last: bool) -> str | None:
    """What is left of ``name`` when ``*`` swallows as little as possible before ``chunk`` matches."""
    for index, char in enumerate(name):
        if char == "/":
            return None
        rest = _match_chunk(chunk, name[index + 1 :])
        if rest is _BAD:
            return None
        if isinstance(rest, str) and not (is_last and rest):
            return rest
    return None


def _scan_chunk(pattern: str) -> tuple[bool, str, str]:
    """``(began with *, literal chunk, rest)``: up to the next ``*`` outside of brackets."""
    stripped = pattern.lstrip("*")
    star = len(stripped) != len(pattern)
    in_brackets = False
    index = 0
    while index < len(stripped):
        match stripped[index]:
            case "\\" if index + 1 < len(stripped):
                index += 1
            case "[":
                in_brackets = True
            case "]":
                in_brackets = False
            case "*" if not in_brackets:
                break
            case _:
                pass
        index += 1
    return star, stripped[:index], stripped[index:]


def _match_chunk(chunk: str, name: str) -> str | object | None:
    """The rest of ``name`` after ``chunk``; ``None`` for no match, ``_BAD`` for a malformed chunk."""
    failed = False
    while chunk:
        failed = failed or not name
        head = chunk[0]
        if head == "[":
            step = _match_class(chunk, "" if failed else name)
            if step is None:
                return _BAD
            chunk, matched = step
            failed = failed or not matched
            name = name[1:]
        elif head == "?":
            failed = failed or name[0] == "/"
            name, chunk = name[1:], chunk[1:]
        else:
            if head == "\\":
                chunk = chunk[1:]
                if not chunk:
                    return _BAD
            failed = failed or chunk[0] != name[0]
            name, chunk = name[1:], chunk[1:]
    return None if failed else name


def _match_class(chunk: str, name: str) -> tuple[str, bool] | None:
    """A bracket class: the chunk behind it and whether ``name``'s first character is in it; ``None`` if malformed."""
    chunk = chunk[1:]
    negated = chunk.startswith("^")
    chunk = chunk[1:] if negated else chunk
    matched = False
    ranges = 0
    while True:
        if chunk.startswith("]") and ranges > 0:
            return chunk[1:], bool(name) and matched != negated
        low, chunk = _class_char(chunk)
        if low is None:
            return None
        high: str | None = low
        if chunk.startswith("-"):
            high, chunk = _class_char(chunk[1:])
            if high is None:
                return None
        matched = matched or (bool(name) and low <= name[0] <= str(high))
        ranges += 1


def _class_char(chunk: str) -> tuple[str | None, str]:
    if not chunk or chunk[0] in "-]":
        return None, chunk
    if chunk[0] == "\\":
        chunk = chunk[1:]
        if not chunk:
            return None, chunk
    rest = chunk[1:]
    return (chunk[0], rest) if rest else (None, rest)
