"""Our resolver beside the real one: one network namespace, one name server, the same addresses, words and queries."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NAME = f"modtrace-dns-{os.getpid()}"
FOLDER = Path("/etc/netns") / NAME

GO_SOURCE = """package main

import ("context"; "fmt"; "net"; "os"; "time")

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", os.Args[1])
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	for _, ip := range found {
		fmt.Println(ip.Unmap())
	}
}
"""

OURS = """
import os, sys, time, trio
from modtrace.record.failures import StepFailed
from modtrace.record.recorder import Recorder
from modtrace.tracer.steps.firstpackets import first_packets
from modtrace.tracer.steps.resolve import resolve
from modtrace.tracer.world.interface import Ask
from modtrace.tracer.world.real import RealWorld

async def main():
    world, host = RealWorld(), sys.argv[2]
    recorder = Recorder(now_ns=world.now_ns, sink=lambda event: None)
    edns0 = os.environ.get("GODEBUG") != "netedns0=0"
    if sys.argv[1] == "ahead":
        packets = first_packets(world, host, 443, edns0=edns0)
        if isinstance(packets, Ask):
            world.headstart.begin(host, 443, packets, began_ns=world.now_ns())
            time.sleep(0.1)  # as if code was loaded; answers, refusals and silence wait in the kernel
    begun = world.headstart.claim(host, 443)
    with recorder.span("http.request", "root") as parent:
        try:
            end = world.now_ns() + 30_000_000_000
            found = await resolve(world, host, parent=parent, deadline_ns=end, edns0=edns0, begun=begun)
        except StepFailed as failed:
            print("error:", failed.failure.go_text)
            return
    print(*found.addresses, sep="\\n")

trio.run(main)
"""


class Case(NamedTuple):
    name: str
    host: str
    servers: str
    options: str = ""
    conf: str | None = None
    hosts: str = ""
    nss: str = "hosts: files dns\n"
    godebug: str = ""


ONE, TWO = "127.0.0.1", "127.0.0.2"
CASES = [
    Case("both families", "proxy.test", f"{ONE}=good"),
    Case("only IPv4", "v4.test", f"{ONE}=good"),
    Case("nxdomain", "gone.test", f"{ONE}=good"),
    Case("nodata", "proxy.test", f"{ONE}=NOERROR"),
    Case("servfail", "proxy.test", f"{ONE}=SERVFAIL"),
    Case("refused", "proxy.test", f"{ONE}=REFUSED"),
    Case("formerr", "proxy.test", f"{ONE}=FORMERR"),
    Case("servfail then good", "proxy.test", f"{ONE}=SERVFAIL {TWO}=good"),
    Case("nxdomain ends it", "proxy.test", f"{ONE}=NXDOMAIN {TWO}=good"),
    Case("search list", "proxy", f"{ONE}=good", "search corp.test"),
    Case("search after the bare name", "gone.test", f"{ONE}=good", "search corp.test a.test"),
    Case("ndots", "proxy.test", f"{ONE}=good", "search corp.test\noptions ndots:2"),
    Case("unanswerable search label", "x", f"{ONE}=good", "search a..b"),
    Case("trailing dot", "proxy.test.", f"{ONE}=good", "search corp.test"),
    Case("trailing dot, nxdomain", "gone.test.", f"{ONE}=good", "search corp.test"),
    Case("TC then TCP", "proxy.test", f"{ONE}=tc"),
    Case("TC and TCP refused", "proxy.test", f"{ONE}=tc+notcp"),
    Case("use-vc", "proxy.test", f"{ONE}=good", "options use-vc"),
    Case("use-vc, TCP closed early", "proxy.test", f"{ONE}=tcp-eof", "options use-vc"),
    Case("use-vc, garbage", "proxy.test", f"{ONE}=garbage", "options use-vc"),
    Case("use-vc, wrong id", "proxy.test", f"{ONE}=wrong-id", "options use-vc"),
    Case("use-vc, port closed", "proxy.test", f"{ONE}=good+notcp", "options use-vc"),
    Case("AAAA silent", "v4.test", f"{ONE}=aaaa-silent", "options timeout:1"),
    Case("silent", "proxy.test", f"{ONE}=silent", "options timeout:1 attempts:1"),
    Case("two silent servers", "proxy.test", f"{ONE}=silent {TWO}=silent", "options timeout:1 attempts:2"),
    Case("first silent", "proxy.test", f"{ONE}=silent {TWO}=good", "options timeout:1"),
    Case("port closed", "proxy.test", "", conf="nameserver 127.0.0.9\n"),
    Case("no route", "proxy.test", "", conf="nameserver 198.51.100.1\n"),
    Case("empty resolv.conf", "proxy.test", "", conf="# nothing\n"),
    Case("hosts file", "box.test", f"{ONE}=good", hosts="192.0.2.33 Box.test\n"),
    Case("hosts file, several", "box", f"{ONE}=good", hosts="192.0.2.33 box\n2001:db8:1::9 box\n::1 box\n"),
    Case("hosts before DNS", "proxy.test", f"{ONE}=good", hosts="192.0.2.33 proxy.test\n"),
    Case("DNS before hosts", "proxy.test", f"{ONE}=good", hosts="192.0.2.33 proxy.test\n", nss="hosts: dns files\n"),
    Case("hosts after DNS", "gone.test", f"{ONE}=good", hosts="192.0.2.33 gone.test\n", nss="hosts: dns files\n"),
    Case("files only", "proxy.test", f"{ONE}=good", nss="hosts: files\n"),
    Case("unknown sources", "v4.test", f"{ONE}=good", nss="hosts: mymachines resolve [!UNAVAIL=return] files\n"),
    Case("broken nsswitch", "v4.test", f"{ONE}=good", nss="hosts: dns\nnocolon\n"),
    Case("single-request", "proxy.test", f"{ONE}=good", "options single-request"),
    Case("no EDNS0", "proxy.test", f"{ONE}=good", godebug="netedns0=0"),
    Case("no EDNS0, lame", "proxy.test", f"{ONE}=lame", godebug="netedns0=0"),
    Case("lame referral", "proxy.test", f"{ONE}=lame"),
    Case("wrong id", "proxy.test", f"{ONE}=wrong-id", "options timeout:1 attempts:1"),
    Case("garbage", "proxy.test", f"{ONE}=garbage", "options timeout:1 attempts:1"),
    Case("cut in the middle", "proxy.test", f"{ONE}=half"),
    Case("two questions", "proxy.test", f"{ONE}=two-questions"),
    Case("unreadable first record and SERVFAIL", "proxy.test", f"{ONE}=bare-servfail"),
    Case("rotate", "proxy.test", f"{ONE}=SERVFAIL {TWO}=SERVFAIL", "options rotate single-request"),
    Case("rotate, one good", "proxy.test", f"{ONE}=SERVFAIL {TWO}=good", "options rotate single-request"),
    Case("trust-ad", "proxy.test", f"{ONE}=good", "options trust-ad"),
    Case("CNAME chain", "chain.test", f"{ONE}=good"),
    Case("CNAME loop", "loop.test", f"{ONE}=good"),
    Case("onion", "x.onion", f"{ONE}=good"),
    Case("onion with search", "x.onion", f"{ONE}=good", "search corp.test"),
    Case("name too long", ".".join(["a" * 60] * 5), f"{ONE}=good"),
    Case("label too long", "a" * 64 + ".test", f"{ONE}=good"),
    Case("not a domain name", "a..test", f"{ONE}=good"),
    Case("IPv4-mapped", "mapped.test", f"{ONE}=good"),
    Case("ULA and global", "ula.test", f"{ONE}=good"),
    Case("upper case", "PROXY.Test", f"{ONE}=good"),
]


def run(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=True, text=True, capture_output=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]  # options are passed through


@pytest.fixture(scope="module")
def lookup_program(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lookup")
    (folder / "main.go").write_text(GO_SOURCE)
    run(go_tool, "build", "-o", "lookup", "main.go", cwd=folder, env=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": ""})
    return str(folder / "lookup")


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    """A network of its own: loopback, and one dead-end interface with an address and a route of each family."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needs root and ip(8) for a network namespace")
        pytest.skip("needs root and ip(8) for a network namespace")
    run("ip", "netns", "add", NAME)
    try:
        FOLDER.mkdir(parents=True)
        for words in ("link set lo up", "link add d0 type veth peer name d1"):
            run("ip", "-n", NAME, *words.split())
        for words in ("link set d1 up", "link set d0 up", "addr add 192.0.2.1/24 dev d0"):
            run("ip", "-n", NAME, *words.split())
        for words in ("addr add 2001:db8:1::1/64 dev d0 nodad", "route add 2001:db8::/32 dev d0"):
            run("ip", "-n", NAME, *words.split())
        yield NAME
    finally:
        run("ip", "netns", "delete", NAME)
        shutil.rmtree(FOLDER, ignore_errors=True)


def asked_and_said(case: Case, namespace: str, *command: str) -> tuple[list[str], list[str]]:
    """The queries that the name server saw (sorted), and the lines that the program printed, ports masked."""
    inside = ["ip", "netns", "exec", namespace]
    server = subprocess.Popen(
        [*inside, sys.executable, str(HERE / "dns_server.py"), *case.servers.split()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == "ready\n"
        source_roots = os.pathsep.join(str(ROOT / root) for root in ("tracer",))
        environ = os.environ | {"PYTHONPATH": source_roots, "GODEBUG": case.godebug}
        said = run(*inside, *command, case.host, env=environ).stdout
    finally:
        asked, _ = server.communicate(timeout=10)
    return sorted(asked.split("\n")), re.sub(r"(?<=:)\d{4,5}(?=->)", "PORT", said).splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_addresses_words_and_queries_are_those_of_go(case: Case, namespace: str, lookup_program: str) -> None:
    named = "".join(f"nameserver {word.partition('=')[0]}\n" for word in case.servers.split())
    (FOLDER / "resolv.conf").write_text((named if case.conf is None else case.conf) + case.options + "\n")
    (FOLDER / "nsswitch.conf").write_text(case.nss)
    (FOLDER / "hosts").write_text(case.hosts)
    gos = asked_and_said(case, namespace, lookup_program)
    for way in ("in its step", "ahead"):
        ours = asked_and_said(case, namespace, sys.executable, "-c", OURS, way)
        assert ours == gos, way


def active_opens(namespace: str) -> int:
    """How many SYNs this namespace's programs have begun connections with."""
    words = run("ip", "netns", "exec", namespace, "cat", "/proc/net/snmp").stdout.splitlines()
    names, values = (line.split() for line in words if line.startswith("Tcp:"))
    return int(values[names.index("ActiveOpens")])


@pytest.mark.parametrize(
    ("host", "queries", "syns"),
    [("here.test", 2, 1), ("box.test", 0, 1), ("127.0.0.1:9", 0, 1), ("gone.test", 2, 0)],
)
def test_a_whole_fetch_sends_gos_queries_and_gos_syns_and_none_more(
    host: str, queries: int, syns: int, namespace: str, go_tool: str, tmp_path: Path
) -> None:
    """The first of them leave before the code of the fetch is loaded."""
    (FOLDER / "resolv.conf").write_text(f"nameserver {ONE}\n")
    (FOLDER / "nsswitch.conf").write_text("hosts: files dns\n")
    (FOLDER / "hosts").write_text("127.0.0.1 box.test\n")
    own = {"GOPROXY": f"https://{host}", "GOFLAGS": "-modcacherw", "GOENV": "off", "HOME": str(tmp_path)}
    roots = os.pathsep.join(str(ROOT / root) for root in ("tracer", "capture", "reports", "lab"))
    environ = {"PATH": os.environ["PATH"], "GOPATH": str(tmp_path / "go"), "GOSUMDB": "off", "PYTHONPATH": roots, **own}
    command = "from modtrace.command.main import main; main()"
    programs = {
        "go": (go_tool, "mod", "download", "-json", "example.com/m@v1.0.0"),
        "ours": (sys.executable, "-c", command, "fetch", "example.com/m@v1.0.0", "-o", str(tmp_path / "out"), "--json"),
    }
    seen = {name: sent_by(namespace, words, environ, tmp_path) for name, words in programs.items()}
    assert seen["ours"] == seen["go"]
    assert (len(seen["go"][0]), seen["go"][1]) == (queries, syns)
    assert b'"headstart"' in (tmp_path / "out" / "events.jsonl").read_bytes()


def sent_by(namespace: str, words: tuple[str, ...], environ: dict[str, str], folder: Path) -> tuple[list[str], int]:
    """The queries and the number of SYNs of a program that fails in the end."""
    inside = ["ip", "netns", "exec", namespace]
    server = subprocess.Popen(
        [*inside, sys.executable, str(HERE / "dns_server.py"), f"{ONE}=good"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == "ready\n"
        before = active_opens(namespace)
        done = subprocess.run([*inside, *words], env=environ, cwd=folder, capture_output=True, timeout=60, check=False)
        opened = active_opens(namespace) - before
    finally:
        asked, _ = server.communicate(timeout=10)
    assert done.returncode == 1, done.stderr
    return sorted(asked.splitlines()), opened
