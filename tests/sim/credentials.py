"""Credentials on a bench: a world whose programs are scripted, and one call for what a request would carry."""

from collections.abc import Mapping

from tests.sim.host_world import HostWorld
from tests.sim.http_servers import Bench
from tests.sim.machine import Programs, Scripted

from modtrace.gorules.netrc import parse_netrc
from modtrace.gorules.settings import Setting
from modtrace.record.redaction import Redactor
from modtrace.tracer.credentials import Credentials
from modtrace.tracer.steps.httptypes import ResponseHead
from modtrace.tracer.steps.transport import Transport

PATIENCE_S = 30.0


class ProgramWorld(Programs, HostWorld):
    """Files and environment of one, programs of the other."""

    def __init__(
        self,
        scripts: Mapping[str, Scripted | tuple[Scripted, ...]] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        directories: tuple[str, ...] = ("/repository",),
    ) -> None:
        HostWorld.__init__(self, environ)
        Programs.__init__(self, scripts or {}, directories=directories)


def credentials(
    goauth: str, world: ProgramWorld | None = None, *, netrc: bytes = b"", redactor: Redactor | None = None
) -> Credentials:
    setting = Setting(name="GOAUTH", value=goauth, origin="environment")
    return Credentials(
        setting,
        lambda: parse_netrc(netrc),
        world or ProgramWorld(),
        redactor or Redactor(),
        settings={"GOAUTH": setting},
        patience_s=PATIENCE_S,
    )


def refusal(status: int = 401, *headers: tuple[str, str]) -> ResponseHead:
    return ResponseHead(
        protocol="HTTP/2.0",
        status=status,
        status_text=f"{status} Unauthorized",
        headers=list(headers),
        length=0,
        is_gzip=False,
    )


async def carried(
    given: Credentials, bench: Bench, url: str = "https://p.test/m", answer: ResponseHead | None = None
) -> list[tuple[str, str]]:
    """What a request for ``url`` carries; nothing is sent, unless git's answer is tried out."""
    async with Transport(bench.dial) as transport, given.opened():
        return await given.headers_for(url, transport, parent=bench.root, answer=answer)
