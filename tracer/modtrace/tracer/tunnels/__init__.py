"""One proxy kind each: how the way to the next hop is opened. Adding one is a file and a line here."""

from modtrace.gorules.proxyroute import HopKind
from modtrace.tracer.tunnels import connect, socks5
from modtrace.tracer.tunnels.interface import OpenTunnel

# An https proxy is spoken to as an http proxy, inside TLS that the dialer has put around the link.
TUNNELS: dict[HopKind, OpenTunnel] = {
    "http": connect.TUNNEL,
    "https": connect.TUNNEL,
    "socks5": socks5.TUNNEL,
}
