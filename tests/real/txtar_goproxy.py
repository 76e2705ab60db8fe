"""txtar-goproxy (of rogpeppe/go-internal), a Go module proxy that others wrote, with the lab's module in its folder."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from tests.real.party import Party, free_ports, running, yard
from tests.real.thirdparty import installed

from modtrace.lab.modules import Module


class TxtarGoproxy(msgspec.Struct, frozen=True):
    port: int
    party: Party

    def url(self, host: str = "127.0.0.1") -> str:
        """As a GOPROXY entry."""
        return f"http://{host}:{self.port}/mod"


@contextmanager
def txtar_goproxy(*modules: Module) -> Generator[TxtarGoproxy]:
    """Running, with these modules."""
    path = installed("bin/txtar-goproxy")
    with yard() as folder:
        port = free_ports(1)[0]
        (folder / "modules").mkdir()
        for one in modules:
            _write(folder / "modules", one)
        command = (path, "-addr", f"127.0.0.1:{port}", folder / "modules")
        with running(command, [port], folder) as party:
            yield TxtarGoproxy(port, party)


def _write(folder: Path, module: Module) -> None:
    tree = folder / f"{module.path.replace('/', '_')}_{module.version}"
    for name, data in {**module.files, ".info": module.info, ".mod": module.mod}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
