"""One ``web.Get`` over scripted servers."""

import trio
from tests.sim.http_servers import Bench, run

from modtrace.record.failures import Failure, StepFailed
from modtrace.tracer.steps.get import GetResult, get
from modtrace.tracer.steps.transport import Transport


def fetch(
    url: str, *scripts, alpn=None, credentials=None, sink=None, limit=1 << 20, forward=None
) -> tuple[GetResult | Failure, Bench]:
    out: list = []

    async def main(nursery: trio.Nursery) -> None:
        bench = Bench(nursery, *scripts, alpn=alpn, forward=forward)
        out.append(bench)
        async with Transport(bench.dial) as transport:
            try:
                out.append(
                    await get(
                        transport,
                        url,
                        parent=bench.root,
                        source="s",
                        limit=limit,
                        limit_name="L",
                        credentials=credentials,
                        sink=sink,
                    )
                )
            except StepFailed as failed:
                out.append(failed.failure)

    run(main)
    return out[1], out[0]


def reply(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
