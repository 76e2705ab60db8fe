"""What the proxy variables (or ``--via``) mean for this fetch: secrets, routes, and remarks before any packet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from modtrace.gorules import gourl
from modtrace.gorules.curlproxy import CurlChoice, curl_choice, curl_port
from modtrace.gorules.goproxy import GoproxyEntry
from modtrace.gorules.httpproxy import parse_proxy, warnings
from modtrace.gorules.proxyroute import Hop, Route, hop_of, route_for
from modtrace.record.failures import GoRuleError, Json
from modtrace.record.redaction import Redactor

VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_SHORTEST_TOKEN_CHARS = 16
_BEFORE_USERINFO = re.compile(r"\A\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?/+")
_COLONS = 3


class Remark(NamedTuple):
    """A value that go ignores or misreads (``cause``), or that curl reads otherwise (no cause)."""

    variable: str
    cause: str | None
    text: str
    is_sure: bool = True


def learn_secrets(environ: Mapping[str, str], via: Iterable[Hop], redactor: Redactor) -> None:
    """Before anything is recorded: passwords of the variables, also of those that no parser takes."""
    for name in VARIABLES:
        value = environ.get(name, "")
        url = parse_proxy(value) if value else None
        if url is not None and url.user is not None:
            _learn_userinfo(url.user, url.password, redactor)
        if "@" in value and (url is None or url.user is None or "://" not in value):
            _learn_raw(value, redactor)
    for hop in via:
        _learn_userinfo(hop.user or "", hop.password, redactor)


def _learn_raw(value: str, redactor: Redactor) -> None:
    """Userinfo of a URL that nobody can parse: go repeats none of it, our remarks must not either."""
    userinfo = _BEFORE_USERINFO.sub("", value.rpartition("@")[0], count=1)
    for _ in range(_COLONS):  # which of them stands before the password is anybody's guess
        user, _, userinfo = userinfo.partition(":")
        _learn_userinfo(user, userinfo, redactor)


def _learn_userinfo(user: str, password: str | None, redactor: Redactor) -> None:
    if password:
        redactor.learn_basic(user, password)
    elif len(user) >= _SHORTEST_TOKEN_CHARS:  # a lone user part of that length is a token
        redactor.learn(user)
        redactor.learn(f"{user}:")


def routes(environ: Mapping[str, str], via: Sequence[Hop], entries: Iterable[GoproxyEntry]) -> list[Json]:
    """For each module server of the list: the way to it, and the rule that decided."""
    found: list[Json] = []
    for scheme, host, port in _targets(entries):
        shown = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
        try:
            route = route_for(environ, via, scheme, host, port)
        except GoRuleError as error:
            found.append({"target": shown, "through": [], "rule": error.text})
            continue
        found.append({"target": shown, "through": [hop.shown for hop in route.hops], "rule": route.rule})
    return found


def remarks(environ: Mapping[str, str], via: Sequence[Hop], entries: Iterable[GoproxyEntry]) -> list[Remark]:
    """What a person should know of these variables. With ``--via`` none of them counts."""
    if via:
        return []
    found = [Remark(warning.variable, warning.cause, warning.text, warning.is_sure) for warning in warnings(environ)]
    for scheme, host, port in _targets(entries):
        try:
            route = route_for(environ, (), scheme, host, port)
        except GoRuleError:
            continue  # go refuses this one: that becomes the fetch's failure
        remark = _curl_differs(environ, route, scheme, host)
        if remark is not None and remark not in found:
            found.append(remark)
    return found


def _curl_differs(environ: Mapping[str, str], route: Route, scheme: str, host: str) -> Remark | None:
    curl = curl_choice(environ, scheme, host)
    ours = route.hops[0] if route.hops else None
    address, curl_way = _way_of(curl)
    if address == (None if ours is None else ours.address):
        return None
    go_way = "connects directly" if ours is None else f"goes through {ours.shown}"
    text = f"for {scheme}://{host} go {go_way} ({route.rule}), curl {curl_way} ({curl.why})"
    return Remark(route.variable or curl.why, None, text)


def _way_of(curl: CurlChoice) -> tuple[str | None, str]:
    """The address that curl would connect to, ``None`` for the target's own, and the way in words."""
    if curl.value is None:
        return None, "would connect directly"
    url = parse_proxy(curl.value)
    if url is None:
        return "", "does not ignore that value"
    port = curl_port(url)
    if port is None:
        return "", f"would refuse the scheme {url.scheme}"
    hop = msgspec.structs.replace(hop_of(url), port=port)
    return hop.address, f"would go through {hop.shown}"


def _targets(entries: Iterable[GoproxyEntry]) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    for entry in entries:
        if entry.kind != "url":
            continue
        try:
            url = gourl.parse(entry.url)
        except gourl.UrlError:
            continue
        target = (url.scheme, url.hostname, url.port)
        if url.scheme in ("http", "https") and target not in found:
            found.append(target)
    return found
