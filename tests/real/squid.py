"""squid on loopback: one process, one port per policy."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from tests.real.party import BLOCKED, HASHED, HOSTS, USER, Party, free_ports, program, running, yard

from modtrace.lab.authority import Authority, write

# ``open`` lets everything through, ``auth`` wants the user's name and password, ``filtered`` refuses one host,
# ``tls`` is ``open`` as an https:// proxy.
PORTS = ("open", "auth", "filtered", "tls")
NAME = "squid.lab.test"  # what it calls itself in Via and in its pages

# squid's own checker of passwords, which comes with it
HELPER = "/usr/lib/squid/basic_ncsa_auth"

# Nothing is cached; names come from the hosts file and, with ``resolver`` False, from a resolver that never answers,
# so that no query leaves loopback (DNS_SILENT is never listened on).
_DNS_SILENT = "127.255.255.253"
_CONFIG = """\
http_port 127.0.0.1:{open} name=open
http_port 127.0.0.1:{auth} name=auth
http_port 127.0.0.1:{filtered} name=filtered
https_port 127.0.0.1:{tls} name=tls tls-cert={chain} tls-key={key}
acl at_auth myportname auth
acl at_filtered myportname filtered
auth_param basic program {helper} {folder}/users
auth_param basic children 1
auth_param basic realm the tests of modtrace
acl known proxy_auth REQUIRED
acl blocked dstdomain {blocked}
http_access deny at_filtered blocked
http_access allow at_auth known
http_access deny at_auth
http_access allow all
hosts_file {folder}/hosts
{resolver}
visible_hostname {name}
logformat told %rm %ru %>Hs
access_log stdio:{folder}/access.log logformat=told
cache_log {folder}/cache.log
pid_filename none
coredump_dir {folder}
cache deny all
shutdown_lifetime 0 seconds
pinger_enable off
"""
_OFFLINE = f"dns_nameservers {_DNS_SILENT}\ndns_retransmit_interval 1 seconds\ndns_timeout 1 seconds"


class Told(NamedTuple):
    """One line of its access log."""

    method: str
    target: str
    status: int


class Squid(msgspec.Struct, frozen=True):
    ports: dict[str, int]
    folder: Path
    party: Party

    def url(self, policy: str = "open", userinfo: str = "") -> str:
        """As a value of HTTPS_PROXY or of ``--via``."""
        scheme = "https" if policy == "tls" else "http"
        return f"{scheme}://{userinfo + '@' if userinfo else ''}127.0.0.1:{self.ports[policy]}"

    def told(self, since: int = 0) -> list[Told]:
        """What it was asked and what it answered; a line is written when a request or a tunnel has ended."""
        lines = (self.folder / "access.log").read_text().splitlines()[since:]
        return [Told(method, target, int(status)) for method, target, status in (line.split() for line in lines)]


@contextmanager
def squid(authority: Authority, *, resolver: bool = False) -> Generator[Squid]:
    """Running. ``resolver``: names that the hosts file does not have are asked of the machine's resolver."""
    path = program("squid")
    with yard() as folder:
        files = write(authority.leaf("127.0.0.1"), folder, "squid")
        files.key.chmod(0o644)  # squid reads it without root's rights; the folder is gone with the test
        (folder / "hosts").write_text(HOSTS)
        (folder / "users").write_text(f"{USER}:{HASHED}\n")
        ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        config = _CONFIG.format(
            **ports,
            chain=files.chain,
            key=files.key,
            helper=HELPER,
            folder=folder,
            blocked=BLOCKED,
            name=NAME,
            resolver="" if resolver else _OFFLINE,
        )
        (folder / "squid.conf").write_text(config)
        # -n: the name of its shared memory, which two squids of one machine must not share
        command = (path, "-N", "-d", "1", "-n", f"modtrace{ports['open']}", "-f", folder / "squid.conf")
        with running(command, list(ports.values()), folder, as_nobody=True) as party:
            yield Squid(ports, folder, party)
