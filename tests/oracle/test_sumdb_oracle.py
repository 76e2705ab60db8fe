"""The checksum database: the same requests, outcome, texts and files as the real go, honest or lied to."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.oracle.sumdb_server import Case, SiteServer, download, refusal_of, run_go, run_ours

from modtrace.lab.modules import Module, hello
from modtrace.lab.sumdb import Database, Lie, Recorded, lookup_path

pytestmark = [pytest.mark.oracle, pytest.mark.loopback]

HELLO = hello()
CAPITALS = hello("lab.test/HeLLo", "v1.0.0-RC.1")


def recorded(module: Module, *, zip_h1: str | None = None, mod_h1: str | None = None) -> Recorded:
    return Recorded(
        module=module.path,
        version=module.version,
        zip_h1=zip_h1 or module.zip_h1,
        mod_h1=mod_h1 or module.mod_h1,
    )


RECORD = recorded(HELLO)
HONEST = Database([RECORD], before=300, after=305)
OTHER_H1 = "h1:" + base64.b64encode(bytes(32)).decode()
LOOKUP = lookup_path(HELLO.path, HELLO.version)
PLAIN_404 = (404, b"no\n")


def plain(database: Database = HONEST, anchor: bytes = b"", cache: dict[str, bytes] | None = None) -> Case:
    return Case(database=database, module=HELLO, anchor=anchor, cache=cache or {})


def lie(*lies: Lie, anchor: bytes = b"") -> Case:
    return plain(Database([RECORD], before=300, after=305, lies=lies), anchor)


def answered(body: bytes) -> Case:
    """The lookup of the honest database answered with other bytes."""
    return plain(Database([RECORD], before=300, after=305, replies={LOOKUP: (200, body)}))


def noted(note: bytes) -> Case:
    """The honest record with another tree note."""
    _, body = HONEST.get(LOOKUP)
    return answered(body.removesuffix(HONEST.head()) + note)


def replied(path: str, status: int, body: bytes = b"the reason\nand more\n") -> Case:
    return plain(Database([RECORD], before=300, after=305, replies={path: (status, body)}))


def relayed(goproxy: str, relays: dict[str, tuple[int, bytes] | None], database: Database = HONEST) -> Case:
    return Case(database=database, module=HELLO, gosumdb="{key}", goproxy=goproxy, relays=relays)


def forked(anchor: int, salted_from: int) -> Case:
    fork = Database([RECORD], before=300, after=305, salt="fork", salted_from=salted_from)
    return plain(fork, HONEST.head(anchor))


def mixed_fork(size: int) -> Case:
    """The database's tiles are the known ones, but its lookup carries another tree's head."""
    fork = Database([RECORD], before=300, after=size - 301, salt="fork", salted_from=310)
    _, body = HONEST.get(LOOKUP)
    replies = {LOOKUP: (200, body.removesuffix(HONEST.head()) + fork.head())}
    return plain(Database([RECORD], before=300, after=305, replies=replies), HONEST.head())


def cached(*, spoiled: bool = False) -> Case:
    paths = [LOOKUP, *HONEST.tile_paths()]
    cache = {path: HONEST.get(path)[1] for path in paths}
    if spoiled:
        cache[LOOKUP] = cache[LOOKUP].replace(b" h1:", b" h1:A")
    return plain(HONEST, HONEST.head(), cache)


HEAD_TEXT, HEAD_LINE = HONEST.head().split(b"\n\n")
FOREIGN = "— other.test ".encode() + base64.b64encode(b"hash" + bytes(64)) + b"\n"
SIZE_0 = HONEST.sign(f"go.sum database tree\n0\n{base64.b64encode(HONEST.root(0)).decode()}\n")
SIZE_0_WRONG = HONEST.sign(f"go.sum database tree\n0\n{base64.b64encode(HONEST.root(1)).decode()}\n")
MORE_LINES = HONEST.sign(HEAD_TEXT.decode() + "\nmore\nlines\n")
ZEROS = HONEST.sign(HEAD_TEXT.decode().replace("\n606\n", "\n0606\n") + "\n")

CASES: dict[str, Case] = {
    "one record": plain(Database([RECORD])),
    "two records": plain(Database([RECORD], after=1)),
    "exactly one tile": plain(Database([RECORD], before=255)),
    "one tile and one": plain(Database([RECORD], before=256)),
    "some tiles": plain(),
    "three levels": plain(Database([RECORD], before=66_000, after=5000)),
    "through the proxy": relayed("{url}/a", {"/a": None}),
    "through the second proxy": relayed("{url}/b,{url}/a", {"/a": None}),
    "through the second proxy after an error": relayed("{url}/b|{url}/a", {"/a": None, "/b": (500, b"broken\n")}),
    "proxy with an error": relayed("{url}/a,{url}/b", {"/a": (500, b"broken\n"), "/b": None}),
    "proxy refuses": relayed("{url}/a", {"/a": (403, b"ask\nthe\nadmins\n")}),
    "proxy error before off": relayed("{url}/a|off", {"/a": (502, b"")}),
    "proxy answers html": relayed("{url}/a", {"/a": (200, b"<html>\n")}),
    "proxy relays a lying database": relayed("{url}/a", {"/a": None}, Database([RECORD], lies=["truncated tile"])),
    "capitals": Case(database=Database([recorded(CAPITALS)]), module=CAPITALS),
    "capitals below a bare path": Case(
        database=Database([recorded(CAPITALS)]), module=CAPITALS, gosumdb="{key}", relays={"/a": None}
    ),
    "capitals through a bare proxy": Case(
        database=Database([recorded(CAPITALS)]), module=CAPITALS, gosumdb="{key}", goproxy="{url}/", relays={"": None}
    ),
    "unknown version": plain(Database(after=9)),
    "lookup 404": replied(LOOKUP, 404),
    "lookup 410": replied(LOOKUP, 410, b"gone\n"),
    "lookup 500": replied(LOOKUP, 500, b""),
    "lookup 403": replied(LOOKUP, 403, b"line\n" * 20),
    "lookup 204": replied(LOOKUP, 204, b""),
    "tile 500": replied("/tile/8/1/*", 500),
    "record's tile 404": replied("/tile/8/0/001", 404),
    "last tile 404": replied("/tile/8/0/002.p/94", 404, b"no\n"),
    "partial tiles 404, full one there": plain(
        Database([RECORD], before=9, after=600, shown_size=200, lies=["no partial tiles"])
    ),
    "full tile is long where the partial one is missing": plain(
        Database([RECORD], before=9, after=600, shown_size=200, lies=["no partial tiles", "long tile"])
    ),
    "zip differs": plain(Database([recorded(HELLO, zip_h1=OTHER_H1)], before=3)),
    "go.mod differs": plain(Database([recorded(HELLO, mod_h1=OTHER_H1)], before=3)),
    "zip's hash of another kind": plain(Database([recorded(HELLO, zip_h1="h2:abc")], before=3)),
    "all lines missing": lie("no zip line", "no mod line"),
    "id with a plus": answered(b"+" + HONEST.get(LOOKUP)[1]),
    "id with zeros": answered(b"000" + HONEST.get(LOOKUP)[1]),
    "id with a space": answered(b" " + HONEST.get(LOOKUP)[1]),
    "empty answer": answered(b""),
    "answer without note": answered(HONEST.get(LOOKUP)[1].removesuffix(HONEST.head())),
    "answer cut in the note": answered(HONEST.get(LOOKUP)[1][:-1]),
    "answer with CRLF": answered(HONEST.get(LOOKUP)[1].replace(b"\n", b"\r\n")),
    "answer not UTF-8": answered(HONEST.get(LOOKUP)[1].replace(b"/go.mod", b"/\xff.mod")),
    "note not UTF-8": noted(b"\xff" + HONEST.head()),
    "note with foreign signatures": noted(HEAD_TEXT + b"\n\n" + FOREIGN + HEAD_LINE + FOREIGN),
    "note with the signature twice": noted(HEAD_TEXT + b"\n\n" + HEAD_LINE * 2),
    "note with 101 signatures": noted(HEAD_TEXT + b"\n\n" + HEAD_LINE * 101),
    "note with more lines": noted(MORE_LINES),
    "note with zeros before the size": noted(ZEROS),
    "note of an empty tree": noted(SIZE_0),
    "note of an empty tree with a root": noted(SIZE_0_WRONG),
    "note of another text": noted(HONEST.sign("hello\n")),
    "size beyond the log": plain(Database([RECORD], before=3, shown_size=9)),
    "size below the record": plain(Database([RECORD], before=300, after=9, shown_size=100)),
    "anchor older": plain(anchor=HONEST.head(200)),
    "anchor the same": plain(anchor=HONEST.head()),
    "anchor newer": plain(Database([RECORD], before=300, after=305, shown_size=400), HONEST.head(606)),
    "anchor damaged": plain(anchor=b"garbage\n"),
    "anchor forged": plain(anchor=Database(after=7, lies=["bad signature"]).head()),
    "anchor of another key": plain(anchor=Database(after=7, seed=b"other").head()),
    "anchor of no tree": plain(anchor=HONEST.sign("hello\n")),
    "anchor's tiles gone": lie("no tiles", anchor=HONEST.head(200)),
    "anchor's tiles inconsistent": lie("flipped tile", anchor=HONEST.head(200)),
    "fork of the same size": forked(606, 500),
    "fork of a larger tree": forked(400, 350),
    "fork after the anchor": forked(400, 450),
    "two heads of one size": mixed_fork(606),
    "smaller contradicting head": mixed_fork(400),
    "larger contradicting head": mixed_fork(700),
    "all cached": cached(),
    "spoiled cache": cached(spoiled=True),
}  # fmt: skip
LIES: tuple[Lie, ...] = (
    "bad signature", "wrong key", "wrong key name", "no signature", "wrong root", "wrong leaf", "wrong id",
    "id out of range", "negative id", "no zip line", "no mod line", "html", "html lookup", "huge note",
    "truncated tile", "long tile", "flipped tile", "html tile", "empty tile", "no partial tiles", "no tiles",
)  # fmt: skip
CASES.update({f"lie: {one}": lie(one) for one in LIES})

BASES = ("/db/", "/db//", "/db?x=1&y", "/db/?", "/db/a%2fb", "/db/(x)", "/db/%20", "/db/%c3%a4", "/db/ä", "/db/a!b")
CASES.update(
    {
        f"base {base}": Case(database=Database([recorded(CAPITALS)]), module=CAPITALS, gosumdb=f"{{key}} {{url}}{base}")
        for base in BASES
    }
)

KEY = HONEST.verifier_key
NAME, HASH, PUBLIC = KEY.split("+", 2)


def key_of(name: str) -> str:
    return Database(name=name).verifier_key


GOSUMDBS = [
    " ", "\t", "foo.example", "sum.golang.org a b", "a b c", f"{KEY} {{url}}/db x", KEY[:-1], KEY + "=", NAME,
    f"{NAME}+{HASH}", f"{NAME}+{HASH}+", f"{NAME}+{HASH[1:]}+{PUBLIC}", f"{NAME}+00000000+{PUBLIC}", f"x{KEY}",
    f"{NAME}+zzzzzzzz+{PUBLIC}", f"{NAME}+{HASH}+AgAA", f"+{HASH}+{PUBLIC}", f"{KEY}\u00a0x\u2003y",
    key_of("sum.test/"), key_of("/db"), key_of("sum.test?x"), key_of("sum.test?"), key_of("sum.test#x"),
    key_of("user@sum.test"), key_of("sum.test/a%2fb"), key_of("sum.test/a%41"), key_of("sum.test/ä"),
    key_of("sum.test/a!b"), key_of("sum.test/(a)"), key_of("sum.test/a[b]"), key_of("user:pw@sum.test"),
    key_of("sum.test?x=1#y"), key_of("?x"), key_of("#"), key_of("sum.test#"), key_of("SUM.test:80/x;y=1"),
    f"{KEY} :", f"{KEY} ://x", f"{KEY} 1http://x", f"{KEY} http://[::1", f"{KEY} http://a:b", f"{KEY} http://a%zz",
    f"{KEY} http://a/%zz", f"{KEY} http://a/%", f"{KEY} http://a<b>", f'{KEY} http://a"b', f"{KEY} http://a\\b",
    f"{KEY} http://a\x7fb", f"{KEY} x:y:z/%zz", f"{KEY} a:b", f"{KEY} http://[::1]x", f"{KEY} http://u@h@a:80",
    f"{KEY} http://u:p%zz@a", f"{KEY} http://u^@a", f"{KEY} http://[::1%25a]:x", f"{KEY} http://a:1:2",
    f"{KEY} http://::1", f"{KEY} http://[a]b", f"{KEY} http://a%41", f"{KEY} http://[fe80::1%25zz]", f"{KEY} %zz",
]  # fmt: skip


@pytest.fixture
def server() -> Iterator[SiteServer]:
    with SiteServer() as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_go_asks_and_answers_the_same(name: str, server: SiteServer, tmp_path: Path, go_tool: str) -> None:
    case = CASES[name]
    ours = run_ours(case, server)
    gos = run_go(case, server, tmp_path, go_tool, [len(batch) for batch in ours.batches])
    assert ours.error == gos.error
    assert ours.batches == gos.batches
    assert ours.latest == gos.latest
    assert ours.cache == gos.cache


@pytest.mark.parametrize("relays", [{}, {"/a": PLAIN_404}, {"/a": (410, b"gone\n")}])
@pytest.mark.parametrize("goproxy", ["{url}/a", "{url}/a,direct", "{url}/a,off", "{url}/a|{url}/b", "{url}/a,{url}/b"])
def test_without_a_relay_the_database_is_spoken_to_directly(
    goproxy: str, relays: dict[str, tuple[int, bytes] | None], server: SiteServer, tmp_path: Path, go_tool: str
) -> None:
    name = server.url.removeprefix("http://") + "/own"
    case = relayed(goproxy, relays, Database([RECORD], name=name))
    ours = run_ours(case, server)
    gos = run_go(case, server, tmp_path, go_tool, [len(batch) for batch in ours.batches])
    assert f'Get "https://{name}{LOOKUP}": tls: first record does not look like a TLS handshake' in (ours.error or "")
    assert (ours.error, ours.batches) == (gos.error, gos.batches)


@pytest.mark.parametrize("value", GOSUMDBS)
def test_a_gosumdb_that_go_refuses_is_refused_in_the_same_words(
    value: str, server: SiteServer, tmp_path: Path, go_tool: str
) -> None:
    case = plain()
    server.site = case.site
    gosumdb = value.replace("{url}", server.url)
    ours = refusal_of(gosumdb)
    gos = download(go_tool, tmp_path, f"{server.url}/a", gosumdb, HELLO)
    assert gos is not None
    prefix = f"{HELLO.path}@{HELLO.version}: verifying go.mod: "
    if ours is not None and ours.startswith("panic: "):
        assert ours in gos
    elif ours is not None:
        assert gos == prefix + ours
    else:
        assert "GOSUMDB" not in gos
        assert gos.startswith(f"{prefix}{HELLO.path}@{HELLO.version}/go.mod: ")
