"""Why a refused request carried what it did."""

import pytest

from modtrace.gorules.credentialaccount import Refusal, account
from modtrace.gorules.credentialcache import CredentialCache, Origin
from modtrace.gorules.netrc import NetrcLine
from modtrace.record.failures import Json

TOKEN = ("Authorization", "Bearer t")


def told(
    url: str,
    *sent: tuple[str, str],
    final_url: str = "",
    goauth: str = "netrc",
    netrc: tuple[str, ...] = (),
    given: tuple[str, ...] = (),
) -> dict[str, Json]:
    cache = CredentialCache()
    if "netrc" in goauth:
        cache.store_netrc(NetrcLine(machine=machine, login="u", password="p") for machine in netrc)
    for prefix in given:
        cache.store(prefix, (TOKEN,), Origin("command", "helper"))
    refusal = Refusal(url=url, final_url=final_url or url, sent=sent)
    return account(refusal, cache=cache, goauth=goauth, machines=netrc)


def test_an_entry_that_was_sent_is_named() -> None:
    basic = ("Authorization", "Basic dTpw")
    assert told("https://h.test/m", basic, netrc=("h.test",)) == {
        "host": "h.test",
        "from": "netrc",
        "key": "h.test",
        "command": "netrc",
        "sent": True,
    }
    assert told("https://h.test/m/x", TOKEN, goauth="helper", given=("https://h.test/m",)) == {
        "host": "h.test",
        "from": "GOAUTH",
        "key": "h.test/m",
        "command": "helper",
        "sent": True,
    }


def test_a_credential_that_a_redirect_dropped_was_not_sent_to_who_refused() -> None:
    facts = told("https://h.test/m", final_url="https://cdn.test/m", given=("h.test",))
    assert (facts["from"], facts["sent"], facts["was_redirected"]) == ("GOAUTH", False, True)


@pytest.mark.parametrize(
    ("url", "settings", "why", "near"),
    [
        ("http://h.test/m", {"netrc": ("h.test",)}, "http", "h.test"),
        ("http://h.test/m", {}, "http", None),
        ("https://h.test/m", {"goauth": "off", "netrc": ("h.test",)}, "off", "h.test"),
        ("https://h.test:8443/m", {"netrc": ("other.test", "h.test")}, "port", "h.test"),
        ("https://h.test/m", {"netrc": ("h.test:443",)}, "port", "h.test:443"),
        ("https://[::1]:8443/m", {"netrc": ("[::1]",)}, "port", "[::1]"),
        ("https://h.test/m", {"netrc": ("other.test",)}, "no_entry", None),
        ("https://h.test/m", {"goauth": "helper; git /x", "netrc": ("h.test",)}, "not_listed", "h.test"),
        ("https://h.test/m", {"goauth": "helper"}, "no_entry", None),
    ],
)
def test_there_is_a_reason_when_there_is_none(url: str, settings: dict, why: str, near: str | None) -> None:
    facts = told(url, **settings)
    assert (facts["from"], facts["sent"], facts["why_none"], facts["near"]) == (None, False, why, near)


def test_an_entry_with_the_same_port_is_nearer_than_one_without() -> None:
    facts = told("http://h.test:81/m", netrc=("h.test", "h.test:81"))
    assert facts["near"] == "h.test:81"


def test_userinfo_hides_netrc_and_goes_no_further_than_its_url() -> None:
    facts = told("https://me:pw@h.test/m", ("Authorization", "Basic x"), netrc=("h.test",))
    assert (facts["from"], facts["sent"], facts["hides"], facts["host"]) == ("URL", True, "h.test", "h.test")
    facts = told("https://me:pw@h.test/m", final_url="https://h.test/x")
    assert (facts["from"], facts["sent"], facts["hides"]) == ("URL", False, None)


def test_an_ordered_header_is_a_credential_too() -> None:
    assert told("https://h.test/m", TOKEN) == {"host": "h.test", "from": "header", "sent": True}
