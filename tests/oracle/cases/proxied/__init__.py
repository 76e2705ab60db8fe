"""The table of configurations in which a network proxy stands between, by subject."""

from tests.oracle.cases.proxied import connect, connect_odd, environment, forward, hops, slow, socks, socks_odd, tls
from tests.oracle.cases.proxied.building import Proxied

QUICK: tuple[Proxied, ...] = (
    *connect.CASES,
    *connect_odd.CASES,
    *tls.CASES,
    *forward.CASES,
    *socks.CASES,
    *socks_odd.CASES,
    *environment.CASES,
    *hops.CASES,
)
SLOW: tuple[Proxied, ...] = slow.CASES
PROXIED = (*QUICK, *SLOW)
