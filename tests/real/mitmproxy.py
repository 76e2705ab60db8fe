"""mitmproxy on loopback: a program that ends the TLS of what goes through it, with certificates of its own making."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from tests.real.party import Party, free_ports, own_names, running, yard
from tests.real.thirdparty import installed

ISSUER = "mitmproxy"


class Mitmproxy(msgspec.Struct, frozen=True):
    """``authority`` is the certificate that its users are told to trust."""

    http_port: int
    socks_port: int
    authority: Path
    party: Party

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.http_port if scheme == 'http' else self.socks_port}"


@contextmanager
def mitmproxy(upstream_roots: Path) -> Generator[Mitmproxy]:
    """Running, in its regular mode and as a SOCKS proxy; ``upstream_roots`` is what it trusts itself."""
    path = installed("mitmproxy/bin/mitmdump")
    with yard() as folder:
        http_port, socks_port = free_ports(2)
        command = (
            path,
            *("--mode", f"regular@127.0.0.1:{http_port}", "--mode", f"socks5@127.0.0.1:{socks_port}"),
            *("--set", f"confdir={folder}", "--set", f"ssl_verify_upstream_trusted_ca={upstream_roots}"),
        )
        with running(command, [http_port, socks_port], folder, env=own_names(folder)) as party:
            yield Mitmproxy(http_port, socks_port, folder / "mitmproxy-ca-cert.pem", party)
