"""The modules and the places that the configurations share."""

from collections.abc import Callable

from tests.oracle.harness import certificate

from modtrace.lab.behaviour import Faults
from modtrace.lab.modules import Library, Module, Said, hello
from modtrace.lab.server import Place

HELLO = hello()
UPPER = hello(path="lab.test/Hello/World")
PSEUDO = "v0.0.0-20240102030405-0123456789ab"
LATER_PSEUDO = "v0.0.0-20240202030405-abcdefabcdef"

LIBRARY = Library(HELLO, UPPER)

H1_ONLY = ("http/1.1",)
H2_ONLY = ("h2",)


def plain(name: str = "a", *, faults: Faults | None = None, site: Callable[[str], Said] = LIBRARY.get) -> Place:
    """An http:// module server."""
    return Place(name=name, site=site, faults=faults or {})


def secure(
    name: str = "a",
    *,
    faults: Faults | None = None,
    site: Callable[[str], Said] = LIBRARY.get,
    alpn: tuple[str, ...] = ("h2", "http/1.1"),
    host: str = "127.0.0.1",
) -> Place:
    """An https:// module server with a certificate of the lab's authority."""
    return Place(name=name, site=site, faults=faults or {}, issued=certificate(), alpn=alpn, host=host)


def versions(*names: str, path: str = "lab.test/many") -> tuple[Module, ...]:
    """One small module per version; an ``+incompatible`` one has no go.mod."""
    made: list[Module] = []
    for name in names:
        one = hello(path=path, version=name)
        if name.endswith("+incompatible"):
            one = Module(path=path, version=name, files={"many.go": b"package many\n"})
        made.append(one)
    return tuple(made)
