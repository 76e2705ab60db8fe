"""Secrets are taken out when something is recorded, not when it is shown.

Two ways together: *shapes* (userinfo in URLs, authorization headers, cookies, tokens in queries) and *known values*
(what netrc, GOAUTH or a proxy URL gave us), the latter also in base64 and percent-encoded form.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from urllib.parse import unquote

from modtrace.record.failures import Json

MASK = "xxxxx"
_SHORTEST_KNOWN_SECRET = 4  # a shorter value would mask innocent text all over the trace
_SHORTEST_TOKEN = 8  # a shorter word of a value ("Bearer", "utf-8") would mask innocent text
_LONG_ARGUMENT = 20
_WORD_ENDS = re.compile("[\\s;,\"']+")
_SECRET_KEY = re.compile(r"(?i)password|passwd|token|secret|credential|authorization|cookie|api[-_]?key")
_ONE_WORD = re.compile(r"[\s{\"']*[\w.-]+[\s\"']*")
_HOST_OR_PATH = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[A-Za-z0-9_-]{0,24}(?:[./@][A-Za-z0-9_-]{0,24})+(?::\d+)?/?"
)

# Bounded where a longer text would be scanned again from every start: a stranger's page of 64 kB passes through here.
_SCHEME = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}://)"
_USERINFO = re.compile(_SCHEME + r"(?P<user>[^/\s:@?#\"']*):(?P<secret>[^/\s?#\"']*)@")
_USER_ONLY = re.compile(_SCHEME + r"(?P<user>[^/\s:@?#\"']+)@")
# A password with a raw slash, ? or # in it: no port reads like that, so all up to the last @ is userinfo.
_BROKEN_USERINFO = re.compile(
    _SCHEME + r"(?P<user>[^/\s:@?#\"'\[]*):(?!\d*[/?#])(?P<secret>[^\s\"',|@/?#]*[/?#][^\s\"',|]{0,300})@"
)
_BARE_USERINFO = re.compile(r"[^/\s:@?#\"']+:[^/\s?#\"']*@[^/\s@]+/?")  # HTTP_PROXY=me:pw@host
_ECHOED_HEADER = re.compile(
    r"(?i)(?P<name>\b(?:proxy-)?authorization[\"']?\s*:\s*[\"']?)(?:(?:basic|bearer|digest|negotiate|token)\s+)?[^\s\"',;]+"
)
_SECRET_HEADER = re.compile(
    r"(?im)^(?P<name>(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]*token|x-api-key|private-token)(?P<colon>\s*:\s*).*$"
)
_QUERY_TOKEN = re.compile(
    r"(?i)(?P<key>[?&;#](?:(?:[a-z0-9]{1,40}[_-]){0,6}(?:token|secret|password)|auth|api[_-]?key|key|passwd|pwd|sig|jwt|"
    r"(?:x-(?:amz|goog)-)?(?:signature|credential))=)[^&#\s\"']+"
)
_SECRET_HEADER_NAMES = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "private-token"}
)


class Redactor:
    """Holds the secrets of this run; :meth:`text` and :meth:`value` give the recordable form."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._pattern: re.Pattern[str] | None = None
        self._is_stale = False
        self._secret_names: set[str] = set()

    def learn(self, secret: str) -> None:
        """From now on, mask ``secret`` wherever it stands: raw, percent-encoded, or in base64."""
        if len(secret) < _SHORTEST_KNOWN_SECRET:
            return
        raw = secret.encode("utf-8", "surrogateescape")
        for encoded in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
            self._known[re.escape(encoded.rstrip("=")) + "={0,2}"] = len(encoded)
        self._known["".join(_any_form(char) for char in secret)] = len(secret)
        self._is_stale = True

    def learn_basic(self, user: str, password: str) -> None:
        """A user and password that will travel as Basic credentials: the pair's base64 is a secret too."""
        self.learn(password)
        self.learn(f"{user}:{password}")

    def learn_header(self, name: str, value: str) -> None:
        """A header of credentials: every value of that name, this value, its long words, a Basic pair in it."""
        self._secret_names.add(name.lower())
        self.learn_value(value)

    def learn_value(self, value: str) -> None:
        """Any text with a token somewhere in it (``Bearer TOKEN``, ``a=TOKEN; b=c``)."""
        self.learn(value)
        for word in _WORD_ENDS.split(value):
            for part in (word, word.partition("=")[2]):
                if len(part) >= _SHORTEST_TOKEN:
                    self.learn(part)
        scheme, _, pair = value.partition(" ")
        user, colon, password = _from_base64(pair).partition(":")
        if scheme.lower() == "basic" and colon:
            self.learn_basic(user, password)

    def learn_arguments(self, words: Sequence[str]) -> None:
        """A command line: ``--token=SECRET``, ``--password SECRET``, and any word that is long and looks like one."""
        for word, following in zip(words, [*words[1:], ""], strict=False):
            name, equals, value = word.partition("=")
            if _SECRET_KEY.search(name) and (equals or word.startswith("-")):
                self.learn((value if equals else following).strip("\"'"))
            elif "/" not in word and len(word) >= _LONG_ARGUMENT and _looks_like_token(word):
                self.learn(word)

    def learn_output(self, text: str) -> None:
        """What a credential helper printed and nobody could read: whatever in it looks like a secret."""
        for line in text.split("\n"):
            name, _, value = line.partition("=" if "=" in line.partition(":")[0] else ":")
            if _ONE_WORD.fullmatch(name) and _SECRET_KEY.search(name):
                self.learn_value(value.strip())
            for shape in (_USERINFO, _BROKEN_USERINFO):
                for url in shape.finditer(line):
                    self.learn_basic(unquote(url["user"]), unquote(url["secret"]))
            for word in _WORD_ENDS.split(line):
                if _looks_like_token(word):
                    self.learn(word)

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        if self._is_stale:
            forms = sorted(self._known, key=lambda form: self._known[form], reverse=True)
            self._pattern = re.compile("|".join(forms))
            self._is_stale = False
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        if "@" in text:
            text = _masked_broken(_USERINFO.sub(_mask_password, text))
            if _BARE_USERINFO.fullmatch(text):
                text = _mask_bare(text)
            text = _USER_ONLY.sub(_keep_user_or_mask, text)
        if "=" in text:
            text = _QUERY_TOKEN.sub(rf"\g<key>{MASK}", text)
        if ":" in text:
            text = _SECRET_HEADER.sub(rf"\g<name>\g<colon>{MASK}", text)
            text = _ECHOED_HEADER.sub(rf"\g<name>{MASK}", text)
        return text

    def header(self, name: str, value: str) -> str:
        """A header's recordable value: masked whole when the name says that it is a secret."""
        lowered = name.lower()
        if lowered in _SECRET_HEADER_NAMES or lowered in self._secret_names or lowered.endswith("-token"):
            return MASK
        return self.text(value)

    def hex(self, data: bytes) -> str:
        """First bytes of something unknown, as hex digits: a secret that a peer repeats hides in them otherwise."""
        return self.text(data.decode("latin-1")).encode("latin-1", "replace").hex()

    def value(self, value: Json) -> Json:
        """``value`` with every string in it redacted, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return ""


def _looks_like_token(word: str) -> bool:
    """Letters and digits in one long word, and no host, path or URL: prose must stay readable."""
    is_path = word.startswith(("/", "./", "~/")) and word.count("/") > 1
    if len(word) < _SHORTEST_TOKEN or "://" in word or is_path or _HOST_OR_PATH.fullmatch(word):
        return False
    return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)


def _any_form(char: str) -> str:
    """A pattern for one character as it stands or percent-encoded: which ones are is each encoder's own choice."""
    encoded = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
    plus = r"|\+" if char == " " else ""
    return f"(?:{re.escape(char)}|(?i:{encoded}){plus})"


def _mask_password(match: re.Match[str]) -> str:
    """Go's own masks stay as they are, so that its messages stay word for word."""
    if match["secret"] in (MASK, "***", ""):
        return match[0]
    return f"{match['scheme']}{match['user']}:{MASK}@"


def _masked_broken(text: str) -> str:
    """Go repeats the part before the slash (``invalid port ":pa" after host``), so that goes too."""
    secrets = [match["secret"] for match in _BROKEN_USERINFO.finditer(text)]
    text = _BROKEN_USERINFO.sub(_mask_password, text)
    for secret in secrets:
        port = re.split("[/?#]", secret, maxsplit=1)[0]
        text = text.replace(f'":{port}"', f'":{MASK}"')
    return text


def _mask_bare(text: str) -> str:
    head, _, host = text.rpartition("@")
    return f"{head.partition(':')[0]}:{MASK}@{host}"


def _keep_user_or_mask(match: re.Match[str]) -> str:
    """A lone user part may be a token (``https://TOKEN@host``): long ones are masked, ``git@`` stays readable."""
    user = match["user"]
    if ":" in user or len(user) < 16:
        return match[0]
    return f"{match['scheme']}{MASK}@"
