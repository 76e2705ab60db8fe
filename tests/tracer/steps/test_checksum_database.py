"""The checksum database asked as go asks it: over a fake web, with the lab's log behind it."""

from typing import Any, cast

import msgspec
import pytest
import trio
import trio.testing
from tests.gorules.sumdb_loop import MODULE, RECORD, VERSION, refused
from tests.tracer.bench import Bench

from modtrace.gorules.gosumdb import SumdbConfig, SumdbEntry
from modtrace.gorules.gourl import redacted
from modtrace.lab.sumdb import Database, Lie, lookup_path
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import SUMDB_RESPONSE_BYTES
from modtrace.tracer.steps.checksum_database import ChecksumDatabase
from modtrace.tracer.web import Web

HONEST = Database([RECORD], before=300, after=40)
LOOKUP = lookup_path(MODULE, VERSION)
DIRECT = "https://sum.test"
NO_ROUTE = Failure(cause="tcp.no_route", side="path", text="no route", go_text="dial tcp: no route")


class FakeWeb:
    """URLs below a base are the database's; ``broken`` comes first. Counts how many reads were under way at once."""

    def __init__(self, database: Database, base: str, broken: dict[str, Failure]) -> None:
        self._database, self._base, self._broken = database, base, broken
        self.asked: list[str] = []
        self.how: list[dict[str, Any]] = []
        self._now = self.most_at_once = 0

    async def get_bytes(self, url: str, **how: Any) -> bytes:
        self.asked.append(url)
        self.how.append(how)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await trio.testing.wait_all_tasks_blocked()
        self._now -= 1
        if url in self._broken:
            raise StepFailed(self._broken[url])
        status, body = self._database.get(url.removeprefix(self._base)) if url.startswith(self._base) else (404, b"no")
        if status != 200:
            raise StepFailed(refused(url, status, body))
        return body

    redacted = staticmethod(redacted)


class Memory(dict[str, bytes]):
    """Our own anchors, in memory."""

    def read(self, name: str) -> bytes:
        return self.get(name, b"")

    def write(self, name: str, note: bytes) -> None:
        self[name] = note


class Setup:
    """One database, its web, our memory, and the notes that were kept as evidence."""

    def __init__(
        self,
        database: Database = HONEST,
        *,
        entries: tuple[SumdbEntry, ...] = (),
        base: str = DIRECT,
        broken: dict[str, Failure] | None = None,
        go_anchor: bytes = b"",
        own_anchor: bytes = b"",
    ) -> None:
        self.bench = Bench()
        self.web = FakeWeb(database, base, broken or {})
        self.memory = Memory({database.name: own_anchor} if own_anchor else {})
        self.notes: dict[str, bytes] = {}
        self.database = ChecksumDatabase(
            SumdbConfig(name=database.name, verifier_key=database.verifier_key),
            entries,
            cast("Web", self.web),
            go_anchor=go_anchor,
            own_anchor=self.memory,
            on_note=self.notes.__setitem__,
        )

    def verify(self, h1: str = RECORD.zip_h1, *, version: str = VERSION, module: str = MODULE) -> Failure | None:
        async def main() -> None:
            await self.database.verify(module, version, h1, parent=self.bench.root)

        try:
            trio.run(main)
        except StepFailed as failed:
            return failed.failure
        return None


def failed(setup: Setup, **how: Any) -> Failure:
    failure = setup.verify(**how)
    assert failure is not None
    return failure


def test_a_recorded_hash_is_proven() -> None:
    setup = Setup()
    assert setup.verify() is None
    assert setup.web.asked[0] == DIRECT + LOOKUP
    assert {url.removeprefix(DIRECT) for url in setup.web.asked[1:]} == {
        "/tile/8/0/001.p/85",
        "/tile/8/1/000.p/1",
    }
    (proof,) = setup.bench.closed("sumdb.proof")
    assert proof.outcome == "ok"
    assert (proof.attributes["record"], proof.attributes["tree_size"]) == (300, 341)
    assert proof.attributes["consistency"] == "no older tree head known here"
    assert setup.notes == {"sum.test": HONEST.head()}
    assert setup.database.answer is not None
    assert setup.database.answer.record_id == 300


def test_every_read_is_a_span_below_the_proof_with_the_databases_limit() -> None:
    setup = Setup()
    setup.verify()
    (proof,) = setup.bench.started("sumdb.proof")
    assert proof.attributes == {"database": "sum.test"}
    (lookup,), tiles = setup.bench.started("sumdb.lookup"), setup.bench.started("sumdb.tile")
    assert (lookup.subject, lookup.parent) == (LOOKUP, proof.span)
    assert len(tiles) == 2
    assert {tile.parent for tile in tiles} == {proof.span}
    assert {how["parent"].id for how in setup.web.how} == {lookup.span, *(tile.span for tile in tiles)}
    assert all(how["limit"] == SUMDB_RESPONSE_BYTES for how in setup.web.how)
    assert all(not how.get("is_goproxy") for how in setup.web.how), "the user's headers are not for the database"


def test_the_tiles_of_a_batch_are_read_at_once() -> None:
    setup = Setup()
    setup.verify()
    assert setup.web.most_at_once >= 2


def test_the_second_proof_asks_for_the_new_record_only() -> None:
    setup = Setup()
    setup.verify()
    before = len(setup.web.asked)
    assert setup.verify(RECORD.mod_h1, version=f"{VERSION}/go.mod") is None
    assert setup.web.asked[before:] == [], "one lookup has both lines"
    assert setup.database.answer is not None
    assert setup.database.answer.was_repeated


@pytest.mark.parametrize(
    ("version", "cause", "noun"),
    [(VERSION, "zip.hash_mismatch.sumdb", "module"), (f"{VERSION}/go.mod", "sumdb.mismatch.go_mod", "go.mod")],
)
def test_another_hash_is_a_security_error(version: str, cause: str, noun: str) -> None:
    setup = Setup()
    failure = failed(setup, h1="h1:other=", version=version)
    assert failure.cause == cause
    assert failure.go_text is not None
    assert failure.go_text.startswith(f"{MODULE}@{VERSION}: verifying {noun}: checksum mismatch\n\tdownloaded: h1:oth")
    assert "SECURITY ERROR" in failure.go_text
    assert setup.bench.failures("sumdb.proof") == [failure]


@pytest.mark.parametrize(
    ("lie", "cause"),
    [
        ("bad signature", "sumdb.bad_signature"),
        ("wrong leaf", "sumdb.inconsistent"),
        ("flipped tile", "sumdb.inconsistent"),
        ("no tiles", "sumdb.server_error"),
        ("html lookup", "sumdb.malformed"),
        ("no zip line", "sumdb.no_record"),
    ],
)
def test_a_lie_is_found_out(lie: Lie, cause: str) -> None:
    setup = Setup(Database([RECORD], before=300, after=40, lies=[lie]))
    failure = failed(setup)
    assert failure.cause == cause
    assert failure.go_text is not None
    assert failure.go_text.startswith(f"{MODULE}@{VERSION}: verifying module: ")
    if lie != "no zip line":
        assert setup.memory == {}, "what was not proven is not remembered"


def test_a_note_that_no_key_vouches_for_is_kept_as_it_came() -> None:
    lying = Database([RECORD], before=300, after=40, lies=["bad signature"])
    setup = Setup(lying)
    failed(setup)
    assert setup.notes == {"sum.test.note": lying.head()}


def test_a_fork_of_gos_own_anchor_is_proof_of_misbehaviour() -> None:
    fork = Database([RECORD], before=300, after=40, salt="fork", salted_from=10)
    setup = Setup(Database([RECORD], before=300, after=40, replies={LOOKUP: fork.get(LOOKUP)}), go_anchor=HONEST.head())
    failure = failed(setup)
    assert (failure.cause, failure.details["is_fatal"]) == ("sumdb.inconsistent", True)
    assert failure.go_text is not None
    assert failure.go_text.startswith("SECURITY ERROR\n"), "no level adds its words to what go dies of"
    assert setup.notes == {"sum.test.old_note": fork.head(), "sum.test.new_note": HONEST.head()}


def test_an_older_head_of_gos_is_checked_to_be_a_prefix() -> None:
    setup = Setup(go_anchor=HONEST.head(310))
    assert setup.verify() is None
    assert setup.bench.closed("sumdb.proof")[0].attributes["consistency"] == "checked against the local tree head"


@pytest.mark.parametrize(
    ("own", "relation", "kept"),
    [
        (b"", "first", HONEST.head()),
        (HONEST.head(310), "newer", HONEST.head()),
        (HONEST.head(), "equal", HONEST.head()),
        (Database([RECORD], before=300, after=80).head(), "older", Database([RECORD], before=300, after=80).head()),
    ],
)
def test_our_own_memory_keeps_the_newest_head(own: bytes, relation: str, kept: bytes) -> None:
    setup = Setup(own_anchor=own)
    assert setup.verify() is None
    assert setup.bench.noted("own_anchor") == [{"relation": relation}]
    assert setup.memory == {"sum.test": kept}
    assert "sum.test.seen_before" not in setup.notes


def test_a_head_that_contradicts_our_memory_is_kept_beside_it() -> None:
    fork = Database([RECORD], before=300, after=40, salt="fork", salted_from=10)
    setup = Setup(own_anchor=fork.head())
    assert setup.verify() is None, "go, which does not know of our memory, is content"
    assert setup.bench.noted("own_anchor") == [{"relation": "contradicts"}]
    assert setup.notes == {"sum.test": HONEST.head(), "sum.test.seen_before": fork.head()}
    assert setup.memory == {"sum.test": fork.head()}


A, B = "https://a.test", "https://b.test"


def test_a_proxy_that_relays_the_database_is_asked_instead() -> None:
    setup = Setup(entries=(SumdbEntry(A), SumdbEntry("direct")), base=f"{A}/sumdb/sum.test")
    assert setup.verify() is None
    assert setup.web.asked[:2] == [f"{A}/sumdb/sum.test/supported", f"{A}/sumdb/sum.test{LOOKUP}"]
    assert all(url.startswith(f"{A}/sumdb/sum.test/") for url in setup.web.asked)
    assert setup.bench.noted("sumdb_base") == [{"url": f"{A}/sumdb/sum.test", "is_relayed": True}]


def test_a_proxy_that_does_not_relay_is_passed_over_once() -> None:
    setup = Setup(entries=(SumdbEntry(A), SumdbEntry("direct")))
    assert setup.verify() is None
    assert setup.verify(RECORD.mod_h1, version=f"{VERSION}/go.mod") is None
    assert setup.web.asked[:2] == [f"{A}/sumdb/sum.test/supported", DIRECT + LOOKUP]
    assert setup.web.asked.count(f"{A}/sumdb/sum.test/supported") == 1
    (supported,) = setup.bench.closed("sumdb.supported")
    assert supported.outcome == "failed"
    assert setup.bench.noted("sumdb_base") == [{"url": DIRECT, "is_relayed": False}]


@pytest.mark.parametrize(("falls_back", "asked"), [(True, [A, B]), (False, [A])])
def test_a_proxy_in_trouble_is_passed_over_only_before_a_bar(falls_back: bool, asked: list[str]) -> None:
    down = refused(f"{A}/x", 500, b"oops")
    setup = Setup(
        entries=(SumdbEntry(A, falls_back_on_error=falls_back), SumdbEntry(B)),
        base=f"{B}/sumdb/sum.test",
        broken={f"{A}/sumdb/sum.test/supported": down},
    )
    failure = setup.verify()
    assert [url.removesuffix("/sumdb/sum.test/supported") for url in setup.web.asked if "supported" in url] == asked
    assert (failure is None) is falls_back


@pytest.mark.parametrize(
    ("below", "cause"), [(refused(A, 500, b""), "sumdb.not_proxied"), (NO_ROUTE, "sumdb.unreachable")]
)
def test_an_error_about_the_base_is_kept_for_the_whole_run(below: Failure, cause: str) -> None:
    setup = Setup(entries=(SumdbEntry(A),), broken={f"{A}/sumdb/sum.test/supported": below})
    first = failed(setup)
    assert first.cause == cause
    assert first.go_text is not None
    assert first.go_text.endswith(below.go_text or "never")
    second = failed(setup, module="lab.test/other")
    assert second.cause == cause
    assert setup.web.asked == [f"{A}/sumdb/sum.test/supported"]


def test_a_lookup_that_is_cut_off_is_told_with_its_url() -> None:
    cut = Failure(
        cause="body.truncated", side="origin", text="cut", go_text="unexpected EOF", details={"stage": "body"}
    )
    setup = Setup(broken={DIRECT + LOOKUP: cut})
    failure = failed(setup)
    assert failure.cause == "sumdb.unreachable"
    assert failure.details["because"] == "body.truncated"
    words = f"{MODULE}@{VERSION}: verifying module: {MODULE}@{VERSION}: "
    assert failure.go_text == f"{words}reading {DIRECT}{LOOKUP}: unexpected EOF"
    head = msgspec.structs.replace(cut, details={})
    text = failed(Setup(broken={DIRECT + LOOKUP: head})).go_text
    assert text == f"{words}unexpected EOF"


def test_a_module_that_the_database_does_not_know_is_no_404_for_the_next_entry() -> None:
    failure = failed(Setup(), module="lab.test/unknown")
    assert (failure.cause, failure.is_not_exist) == ("sumdb.no_record", False)
    assert failure.details["because"] == "http.not_found"


def test_a_missing_partial_tile_is_read_as_the_full_one() -> None:
    setup = Setup(Database([RECORD], before=200, after=100, shown_size=240, lies=["no partial tiles"]))
    assert setup.verify() is None
    assert setup.web.asked[-2:] == [f"{DIRECT}/tile/8/0/000.p/240", f"{DIRECT}/tile/8/0/000"]
