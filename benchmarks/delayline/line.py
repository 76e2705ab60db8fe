"""The two namespaces and the delay line between them. Everything made here is removed again, also after Ctrl-C."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

CLIENT_ADDRESS = "10.203.7.1"
SERVER_ADDRESS = "10.203.7.2"
SOURCE = Path(__file__).with_name("delayline.c")
ETC = Path("/etc/netns")
COMMAND_S = 10.0


class Ends(NamedTuple):
    """The namespaces' names."""

    client: str
    server: str


def run(*words: str) -> str:
    """A short command's output; raises with its words and error text when it fails."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Asked first, killed when it doesn't listen."""
    process.terminate()
    try:
        process.communicate(timeout=COMMAND_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def compile_line(directory: Path) -> Path:
    """The delay line as a program in ``directory``."""
    target = directory / "delayline"
    run("gcc", "-O2", "-o", str(target), str(SOURCE))
    return target


@contextmanager
def namespace(name: str, *, hosts: str, resolver: str) -> Iterator[str]:
    """One network namespace with loopback up and, for ``ip netns exec``, its own hosts file and resolv.conf."""
    etc = ETC / name
    with ExitStack() as undo:
        run("ip", "netns", "add", name)
        undo.callback(run, "ip", "netns", "del", name)
        etc.mkdir(parents=True)
        undo.callback(_remove_etc, etc)
        (etc / "hosts").write_text(hosts)
        (etc / "resolv.conf").write_text(f"nameserver {resolver}\n")
        run("ip", "-n", name, "link", "set", "lo", "up")
        yield name


def _remove_etc(etc: Path) -> None:
    shutil.rmtree(etc)
    if not any(ETC.iterdir()):
        ETC.rmdir()


@contextmanager
def ends(stem: str, names: tuple[str, ...]) -> Iterator[Ends]:
    """Both namespaces. ``names`` are the server's: across the line for the client, on loopback in the server's own."""
    words = " ".join(names)
    with (
        namespace(
            f"{stem}-c", hosts=f"127.0.0.1 localhost\n{SERVER_ADDRESS} {words}\n", resolver="127.0.0.1"
        ) as client,
        namespace(f"{stem}-s", hosts=f"127.0.0.1 localhost {words}\n", resolver="127.0.0.1") as server,
    ):
        yield Ends(client, server)


@contextmanager
def line(program: Path, between: Ends, rtt_ms: float) -> Iterator[None]:
    """A delay line of ``rtt_ms`` there and back, up until the block ends."""
    words = [str(program), f"/run/netns/{between.client}", f"/run/netns/{between.server}", str(round(rtt_ms * 500))]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the delay line did not start: it needs root and /dev/net/tun")
        for name, address in ((between.client, CLIENT_ADDRESS), (between.server, SERVER_ADDRESS)):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "line0")
            run("ip", "-n", name, "link", "set", "line0", "txqueuelen", "10000", "up")
        yield
    finally:
        end(process)
