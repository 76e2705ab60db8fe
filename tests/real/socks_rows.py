"""The tables that the SOCKS5 servers share, and go's words for their replies (Go 1.26 net/http/socks_bundle.go)."""

from tests.real.agreement import Row
from tests.real.party import IN_URL, MODULES, USER, WRONG
from tests.real.runs import PLAIN, at

_SOCKS = 'Get "{url}": socks connect tcp {proxy}->{to}: '
_RIGHT = f"{USER}:{IN_URL}"


def replied(words: str) -> str:
    """go's error for a reply code, whose words these are."""
    return f"{_SOCKS}unknown error {words}"


def refused(words: str) -> str:
    """go's error for what comes before the reply."""
    return f"{_SOCKS}{words}"


CARRIES = (
    Row(name="carries"),
    Row(name="carries-http", target=PLAIN),
    Row(name="credentials-unasked", userinfo=_RIGHT),
    Row(
        name="port-closed",
        target=at(MODULES, port="1"),
        says=replied("connection refused"),
        cause="proxy.socks.refused",
    ),
)
ASKING = (
    Row(name="credentials-right", userinfo=_RIGHT),
    Row(name="credentials-right-http", userinfo=_RIGHT, target=PLAIN),
    Row(
        name="credentials-none",
        says=refused("no acceptable authentication methods"),
        cause="proxy.socks.no_method",
    ),
    Row(
        name="credentials-wrong",
        userinfo=f"{USER}:{WRONG}",
        says=refused("username/password authentication failed"),
        cause="proxy.socks.auth_failed",
    ),
)
