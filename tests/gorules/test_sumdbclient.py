"""The checksum database's client: what it reads, in which order, and what it believes."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gorules.sumdb_loop import MODULE, RECORD, VERSION, Loop, failure_of, loop_over

from modtrace.gorules.sumdbclient import SumdbClient, lookup_path
from modtrace.lab.sumdb import Database, Lie
from modtrace.record.failures import StepFailed

LINES = (f"{MODULE} {VERSION} h1:zip=",)
MOD_LINES = (f"{MODULE} {VERSION}/go.mod h1:mod=",)


def paths(loop: Loop) -> list[list[str]]:
    return [[url.removeprefix("https://sum.test") for url in batch] for batch in loop.batches]


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 700), st.integers(0, 700))
def test_every_record_of_an_honest_log_is_believed(before: int, after: int) -> None:
    database = Database([RECORD], before=before, after=after)
    answer = loop_over(database).lookup(MODULE, VERSION)
    assert answer.record_lines == LINES
    assert (answer.record_id, answer.tree_size) == (before, before + 1 + after)
    assert answer.note_bytes == database.head()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 400), st.integers(0, 400), st.data())
def test_a_log_that_grew_is_believed(size: int, grown: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    database = Database([RECORD], before=size, after=grown)
    answer = loop_over(database, anchor=database.head(old)).lookup(MODULE, VERSION)
    assert answer.record_lines == LINES
    assert answer.was_consistency_checked


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 400), st.integers(0, 400), st.data())
def test_a_fork_below_the_anchor_is_always_found(size: int, grown: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    known = Database([RECORD], before=size, after=grown)
    fork = Database([RECORD], before=size, after=grown, salt="fork", salted_from=data.draw(st.integers(0, old - 1)))
    failure = failure_of(loop_over(fork, anchor=known.head(old)))
    assert failure.cause in ("sumdb.inconsistent", "sumdb.local_state_damaged")
    assert failure.go_text is not None


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 300), st.integers(0, 300), st.data())
def test_no_flipped_bit_of_an_answer_is_believed(before: int, after: int, data: st.DataObject) -> None:
    """Flips outside what is signed or hashed (the number, base64's padding) may pass, but never other lines."""
    database = Database([RECORD], before=before, after=after)
    _, body = database.get(lookup_path(MODULE, VERSION))
    spoiled = bytearray(body)
    spoiled[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    database.replies[lookup_path(MODULE, VERSION)] = (200, bytes(spoiled))
    try:
        answer = loop_over(database).lookup(MODULE, VERSION)
    except StepFailed:
        return
    assert answer.record_lines == LINES
    assert answer.record_id in (before, 0) or before == answer.record_id


LIES: list[tuple[Lie, str, str]] = [
    ("bad signature", "sumdb.bad_signature", "reading tree note: invalid signature for key sum.test+06d817ef\nnote:\n"),
    ("wrong key", "sumdb.bad_signature", "reading tree note: note has no verifiable signatures\nnote:\n"),
    ("wrong key name", "sumdb.bad_signature", "reading tree note: note has no verifiable signatures\nnote:\n"),
    ("no signature", "sumdb.malformed", "reading tree note: malformed note\nnote:\n"),
    ("wrong root", "sumdb.inconsistent", "downloaded inconsistent tile"),
    ("wrong leaf", "sumdb.inconsistent", "cannot authenticate record data in server response"),
    ("wrong id", "sumdb.inconsistent", "cannot authenticate record data in server response"),
    ("negative id", "sumdb.inconsistent", "cannot authenticate record data in server response"),
    ("id out of range", "sumdb.malformed", "cannot validate record 606 in tree of size 606"),
    ("html", "sumdb.malformed", "malformed record data"),
    ("html lookup", "sumdb.malformed", "malformed record data"),
    ("huge note", "sumdb.malformed", "reading tree: malformed tree note\ntree:\n"),
    ("truncated tile", "sumdb.malformed", "TileReader returned bad result slice (tile/8/1/000.p/2 len=63, want 64)"),
    ("long tile", "sumdb.malformed", "TileReader returned bad result slice (tile/8/1/000.p/2 len=96, want 64)"),
    ("flipped tile", "sumdb.inconsistent", "downloaded inconsistent tile"),
    ("html tile", "sumdb.malformed", "TileReader returned bad result slice (tile/8/1/000.p/2 len="),
    ("empty tile", "sumdb.malformed", "TileReader returned bad result slice (tile/8/1/000.p/2 len=0, want 64)"),
    ("no partial tiles", "sumdb.server_error", "reading https://sum.test/tile/8/1/000.p/2: 404 Not Found"),
    ("no tiles", "sumdb.server_error", "reading https://sum.test/tile/8/1/000.p/2: 404 Not Found"),
]


@pytest.mark.parametrize(("lie", "cause", "text"), LIES, ids=[lie for lie, _, _ in LIES])
def test_a_lie_is_refused_in_gos_words(lie: Lie, cause: str, text: str) -> None:
    failure = failure_of(loop_over(Database([RECORD], before=300, after=305, lies=[lie])))
    assert failure.cause == cause
    assert (failure.go_text or "").startswith(f"{MODULE}@{VERSION}: {text}")
    assert not failure.is_not_exist


@pytest.mark.parametrize("lie", ["no zip line", "no mod line"])
def test_a_missing_line_is_no_line(lie: Lie) -> None:
    loop = loop_over(Database([RECORD], lies=[lie]))
    assert loop.lookup(MODULE, f"{VERSION}/go.mod").record_lines == (() if lie == "no mod line" else MOD_LINES)
    assert loop.lookup(MODULE, VERSION).record_lines == (() if lie == "no zip line" else LINES)


def test_a_lookup_comes_before_the_tiles_and_the_second_reads_nothing() -> None:
    loop = loop_over(Database([RECORD], before=600, after=1))
    first = loop.lookup(MODULE, f"{VERSION}/go.mod")
    assert paths(loop) == [
        [f"/lookup/{MODULE}@{VERSION}"],
        ["/tile/8/1/000.p/2", "/tile/8/0/002.p/90"],
    ]
    second = loop.lookup(MODULE, VERSION)
    assert len(loop.batches) == 2
    assert (first.was_repeated, second.was_repeated) == (False, True)
    assert first.tiles == ("/tile/8/1/000.p/2", "/tile/8/0/002.p/90")
    assert second.tiles == ()
    assert set(loop.client.saved) == {f"/lookup/{MODULE}@{VERSION}", *first.tiles}


def test_a_record_far_from_the_edge_needs_its_own_tile() -> None:
    loop = loop_over(Database([RECORD], before=100, after=500))
    loop.lookup(MODULE, VERSION)
    assert paths(loop)[1] == ["/tile/8/1/000.p/2", "/tile/8/0/002.p/89", "/tile/8/0/000"]


def test_an_anchor_is_proven_by_its_own_tiles_first() -> None:
    database = Database([RECORD], before=600, after=1)
    loop = loop_over(database, anchor=database.head(300))
    answer = loop.lookup(MODULE, VERSION)
    assert paths(loop)[0] == ["/tile/8/1/000.p/1", "/tile/8/0/001.p/44"]
    assert paths(loop)[1] == [f"/lookup/{MODULE}@{VERSION}"]
    assert answer.was_consistency_checked
    assert loop.client.latest.size == 602


def test_a_server_that_shows_an_older_tree_does_not_move_ours_back() -> None:
    shown = Database([RECORD], before=5, after=100, shown_size=10)
    anchor = shown.head(80)
    answer = loop_over(shown, anchor=anchor).lookup(MODULE, VERSION)
    assert (answer.tree_size, answer.note_bytes, answer.was_consistency_checked) == (80, anchor, True)


def test_the_same_head_again_is_not_called_a_consistency_check() -> None:
    database = Database([RECORD], before=5)
    assert not loop_over(database, anchor=database.head()).lookup(MODULE, VERSION).was_consistency_checked
    assert not loop_over(database).lookup(MODULE, VERSION).was_consistency_checked


def test_a_missing_partial_tile_is_cut_from_the_full_one() -> None:
    database = Database([RECORD], before=9, after=600, shown_size=200, lies=["no partial tiles"])
    loop = loop_over(database)
    assert loop.lookup(MODULE, VERSION).record_lines == LINES
    assert paths(loop)[1] == ["/tile/8/0/000.p/200", "/tile/8/0/000"]
    assert len(loop.client.saved["/tile/8/0/000.p/200"]) == 200 * 32


def test_two_heads_that_contradict_each_other_end_go_with_both_as_proof() -> None:
    known, fork = Database([RECORD], before=9), Database([RECORD], before=9, salt="fork", salted_from=8)
    replies = {lookup_path(MODULE, VERSION): fork.get(lookup_path(MODULE, VERSION))}
    lying = Database([RECORD], before=9, replies=replies)
    failure = failure_of(loop_over(lying, anchor=known.head()))
    assert (failure.cause, failure.side, failure.details["is_fatal"]) == ("sumdb.inconsistent", "origin", True)
    assert failure.details["old_note"] == fork.head().decode()
    assert failure.details["new_note"] == known.head().decode()
    assert (failure.go_text or "").startswith("SECURITY ERROR\ngo.sum database server misbehavior detected!\n\nold d")


@pytest.mark.parametrize(
    "anchor", [b"garbage", Database([RECORD], lies=["bad signature"]).head(), Database(after=4, seed=b"x").head()]
)
def test_a_damaged_anchor_is_the_local_states_fault_and_stays_so(anchor: bytes) -> None:
    loop = loop_over(Database([RECORD]), anchor=anchor)
    for version in (f"{VERSION}/go.mod", VERSION):
        failure = failure_of(loop, version=version)
        assert (failure.cause, failure.side) == ("sumdb.local_state_damaged", "local")
        assert (failure.go_text or "").startswith(f"{MODULE}@{version}: initializing sumdb.Client: reading tree note: ")
    assert loop.batches == []


def test_an_error_is_kept_for_the_process() -> None:
    loop = loop_over(Database(after=3))
    tail = "reading https://sum.test/lookup/lab.test/hello@v1.0.0: 404 Not Found\n\tserver response: not found: "
    for version in (f"{VERSION}/go.mod", VERSION):
        assert (failure_of(loop, version=version).go_text or "").startswith(f"{MODULE}@{version}: {tail}")
    assert len(loop.batches) == 1


def test_an_unknown_version_is_no_record_and_lets_no_comma_pass() -> None:
    failure = failure_of(loop_over(Database(after=3)))
    assert (failure.cause, failure.is_not_exist) == ("sumdb.no_record", False)
    assert failure.details["because"] == "http.not_found"


def test_what_the_cache_holds_is_not_read_again_but_proven_again() -> None:
    database = Database([RECORD], before=300, after=9)
    first = loop_over(database)
    first.lookup(MODULE, VERSION)
    cache = first.client.saved
    second = loop_over(database, anchor=first.client.latest_note, read_cache=cache.get)
    assert second.lookup(MODULE, VERSION).record_lines == LINES
    assert (second.batches, second.client.saved) == ([], {})
    spoiled = {path: data.replace(b"h1:zip=", b"h1:zap=") for path, data in cache.items()}
    failure = failure_of(loop_over(database, anchor=first.client.latest_note, read_cache=spoiled.get))
    assert (failure.go_text or "").endswith(": cannot authenticate record data in server response")


def test_an_empty_cache_file_counts_as_none_and_a_full_tile_serves_for_a_partial_one() -> None:
    database = Database([RECORD], before=9, after=600, shown_size=100)
    _, full = database.get("/tile/8/0/000")
    cache = {"/tile/8/0/000": full, "/tile/8/0/000.p/100": b"", lookup_path(MODULE, VERSION): b""}
    loop = loop_over(database, read_cache=cache.get)
    loop.lookup(MODULE, VERSION)
    assert paths(loop) == [[f"/lookup/{MODULE}@{VERSION}"]]


@pytest.mark.parametrize("size", [1 << 62, (1 << 63) - 1])
def test_a_tree_size_that_go_computes_on_for_ever_is_called_a_hang(size: int) -> None:
    failure = failure_of(loop_over(Database([RECORD], shown_size=size)))
    assert (failure.hangs, failure.go_text) == (True, None)


@pytest.mark.parametrize(
    ("module", "version", "path"),
    [
        ("example.com/BurntSushi/toml", "v1.0.0", "/lookup/example.com/!burnt!sushi/toml@v1.0.0"),
        ("example.com/m", "v1.0.0-RC1/go.mod", "/lookup/example.com/m@v1.0.0-!r!c1"),
    ],
)
def test_capitals_are_escaped_in_a_lookups_path(module: str, version: str, path: str) -> None:
    assert lookup_path(module, version) == path


@given(st.lists(st.binary(max_size=120), min_size=1, max_size=6))
def test_no_bytes_from_the_server_break_the_client(replies: Sequence[bytes]) -> None:
    steps = SumdbClient(Database([RECORD]).verifier_key).lookup(MODULE, VERSION)

    def drive() -> None:
        batch = next(steps)
        for number in range(20):
            batch = steps.send([replies[number % len(replies)]] * len(batch))

    with pytest.raises(StepFailed):
        drive()
