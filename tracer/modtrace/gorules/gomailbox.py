"""``parseRFC2821Mailbox`` (Go 1.26 crypto/x509/verify.go)."""

_ATOM = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-/=?^_`{|}~.")


def parse_mailbox(text: str) -> tuple[str, str] | None:
    """``(local part, domain)``."""
    taken = _quoted(text[1:]) if text.startswith('"') else _atoms(text)
    if taken is None:
        return None
    local, rest = taken
    if not rest.startswith("@") or not _domain_ok(rest[1:]):
        return None
    return local, rest[1:]


def _quoted(text: str) -> tuple[str, str] | None:
    local: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        code = ord(char)
        at += 1
        if char == '"':
            return "".join(local), text[at:]
        if char == "\\":
            if at >= len(text) or not _is_text(ord(text[at])):
                return None
            local.append(text[at])
            at += 1
        elif _is_text(code) and code not in (9, 34, 92):
            local.append(char)
        else:
            return None
    return None


def _is_text(code: int) -> bool:
    return 1 <= code <= 9 or code in (11, 12) or 14 <= code <= 127


def _atoms(text: str) -> tuple[str, str] | None:
    local: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
            if at >= len(text):
                return None
        elif text[at] not in _ATOM:
            break
        local.append(text[at])
        at += 1
    joined = "".join(local)
    if not joined or joined.startswith(".") or joined.endswith(".") or ".." in joined:
        return None
    return joined, text[at:]


def _domain_ok(domain: str) -> bool:
    if not domain:
        return True
    return all(domain.split(".")) and all(33 <= ord(char) <= 126 for char in domain)
