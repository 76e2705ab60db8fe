"""Why a refused request carried the credentials that it did, or none: go's own rules, told for one URL.

Go 1.26 cmd/go/internal/auth/auth.go (loadCredential), web/http.go (https only), net/http/client.go (send, do).
"""

from collections.abc import Iterable

import msgspec

from modtrace.gorules.credentialcache import CredentialCache, key_of
from modtrace.gorules.goauth import entries_of
from modtrace.record.failures import Json


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was refused: where it began, where its redirects ended, and the headers of the last one."""

    url: str
    final_url: str
    sent: tuple[tuple[str, str], ...]


def account(refusal: Refusal, *, cache: CredentialCache, goauth: str, machines: Iterable[str]) -> dict[str, Json]:
    """``from``: ``netrc``, ``GOAUTH``, ``URL``, ``header`` or nothing; ``sent``: with the refused request itself.

    ``host`` is whose credentials go looks for: the first URL's, also after redirects. ``key`` and ``command`` say
    which entry, ``why_none`` (``http``, ``off``, ``port``, ``not_listed``, ``no_entry``) why there was none, ``near``
    the netrc machine meant perhaps, ``hides`` one that a userinfo keeps unused.
    """
    url = refusal.url
    is_https = url.startswith("https:")
    kept = cache.load(url) if is_https and goauth != "off" else None
    authority = _authority(url).rpartition("@")[2]
    facts: dict[str, Json] = {"host": authority}
    if kept is not None:
        facts["from"] = "netrc" if kept.origin.kind == "netrc" else "GOAUTH"
        facts |= {"key": kept.key, "command": kept.origin.text}
        facts["sent"] = all(pair in refusal.sent for pair in kept.headers)
    elif "@" in _authority(url):
        facts |= {"from": "URL", "sent": "@" in _authority(refusal.final_url)}
        facts["hides"] = _same_host(machines, authority)
    elif any(name == "Authorization" for name, _ in refusal.sent):
        facts |= {"from": "header", "sent": True}
    else:
        facts |= {"from": None, "sent": False, **_why_none(url, is_https, goauth, machines)}
    if refusal.final_url != url:
        facts["was_redirected"] = True
    return facts


def _why_none(url: str, is_https: bool, goauth: str, machines: Iterable[str]) -> dict[str, Json]:
    near = _same_host(machines, _authority(url))
    if not is_https:
        return {"why_none": "http", "near": near}
    if goauth == "off":
        return {"why_none": "off", "near": near}
    if near is not None and near == key_of(url).partition("/")[0]:
        reads_netrc = any(entry.split()[:1] == ["netrc"] for entry in entries_of(goauth))
        return {"why_none": "no_entry" if reads_netrc else "not_listed", "near": near}
    return {"why_none": "no_entry" if near is None else "port", "near": near}


def _same_host(machines: Iterable[str], authority: str) -> str | None:
    """The netrc machine of this host, best with its port too."""
    known = tuple(machines)
    if authority in known:
        return authority
    host = _host(authority)
    return next((machine for machine in known if _host(machine) == host), None)


def _host(authority: str) -> str:
    if authority.startswith("["):
        return authority.partition("]")[0] + "]"
    return authority.partition(":")[0]


def _authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0]
