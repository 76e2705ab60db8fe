"""Tiles: their names, which ones prove a hash, and that nothing unproven passes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modtrace.gorules import tlog
from modtrace.gorules.tiles import (
    Tile,
    TilePlan,
    hash_from_tile,
    locate,
    parse_tile_path,
    plan_reads,
    tile_for_index,
)
from modtrace.gorules.tlog import TlogError, Tree
from modtrace.lab.sumdb import Database

LAB = Database(after=1500)
SMALL = Database(after=90)


def fetched(plan: TilePlan, database: Database = LAB) -> list[bytes]:
    return [database.get("/" + tile.path)[1] for tile in plan.tiles]


def leaf_of(database: Database, number: int) -> bytes:
    _, body = database.get(f"/lookup/filler.test/m{number}@v1.0.0")
    return tlog.record_hash(tlog.parse_record(body).text)


def plan_for(database: Database, size: int, number: int, height: int = 8) -> TilePlan:
    tree = Tree(size, database.root(size))
    return plan_reads(tree, [tlog.stored_hash_index(0, number)], height=height)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(8, 0, 0, 256), "tile/8/0/000"),
        (Tile(8, 0, 0, 1), "tile/8/0/000.p/1"),
        (Tile(8, 1, 69206, 256), "tile/8/1/x069/206"),
        (Tile(4, 0, 1234067, 1), "tile/4/0/x001/x234/067.p/1"),
        (Tile(8, -1, 999, 255), "tile/8/data/999.p/255"),
        (Tile(3, 4, 1000, 8), "tile/3/4/x001/000"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile_path(path) == tile


@given(st.integers(1, 30), st.integers(-1, 63), st.integers(0, 1 << 60), st.data())
def test_every_path_is_read_back(height: int, level: int, number: int, data: st.DataObject) -> None:
    tile = Tile(height, level, number, data.draw(st.integers(1, 1 << height)))
    assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/8/0", "/tile/8/0/000", "tile/0/0/000", "tile/31/0/000", "tile/8/-1/000", "tile/8/0/00",
        "tile/8/0/0000",
        "tile/8/0/x000/000", "tile/8/0/x0001/000", "tile/8/0/000.p/0", "tile/8/0/000.p/256", "tile/8/0/000.p/01",
        "tile/8/0/000.p/", "tile/08/0/000", "tile/8/00/000", "tile/8/0/001/002", "tile/8/0/٠٠٠", "tile/8/0/000\n",
    ],
)  # fmt: skip
def test_another_spelling_is_no_path(path: str) -> None:
    with pytest.raises(TlogError, match="malformed tile path"):
        parse_tile_path(path)


@given(st.integers(1, 10), st.integers(0, 30), st.integers(0, 1 << 30))
def test_the_narrowest_tile_holds_the_hash(height: int, level: int, number: int) -> None:
    tile, start, end = locate(height, tlog.stored_hash_index(level, number))
    assert (tile.level, end) == (level // height, tile.width * 32)
    first = tile.number << height  # in hashes of the tile's own level
    assert (first * 32 + start) // 32 == number << level % height
    assert end - start == 32 << level % height


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 1500), st.data())
def test_every_record_of_every_tree_is_provable(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, size - 1))
    plan = plan_for(LAB, size, number)
    assert plan.check(fetched(plan)) == [leaf_of(LAB, number)]


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 7), st.integers(1, 90), st.data())
def test_other_heights_prove_as_well(height: int, size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, size - 1))
    plan = plan_for(SMALL, size, number, height)
    assert plan.check(fetched(plan, SMALL)) == [leaf_of(SMALL, number)]


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 1500), st.data())
def test_any_flipped_bit_is_refused(size: int, data: st.DataObject) -> None:
    plan = plan_for(LAB, size, data.draw(st.integers(0, size - 1)))
    contents = fetched(plan)
    which = data.draw(st.integers(0, len(contents) - 1))
    spoiled = bytearray(contents[which])
    spoiled[data.draw(st.integers(0, len(spoiled) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(TlogError, match=r"^downloaded inconsistent tile$"):
        plan.check([*contents[:which], bytes(spoiled), *contents[which + 1 :]])


@settings(deadline=None)
@given(st.integers(1, 1500), st.integers(1, 1500))
def test_an_older_trees_hash_is_read_from_a_newer_trees_tiles(one: int, other: int) -> None:
    old, size = sorted((one, other))
    plan = plan_reads(Tree(size, LAB.root(size)), tlog.subtree_indexes(0, old))
    assert tlog.fold(plan.check(fetched(plan))) == LAB.root(old)


@settings(deadline=None)
@given(st.integers(1, 1500), st.data())
def test_only_tiles_that_a_static_server_lays_out_are_asked_for(size: int, data: st.DataObject) -> None:
    plan = plan_for(LAB, size, data.draw(st.integers(0, size - 1)))
    shown = Database(after=1500, shown_size=size).tile_paths()
    assert {"/" + tile.path for tile in plan.tiles} <= set(shown)


def test_the_right_edge_comes_first_and_parents_before_children() -> None:
    plan = plan_for(LAB, 1500, 300)
    assert [tile.path for tile in plan.tiles] == ["tile/8/1/000.p/5", "tile/8/0/005.p/220", "tile/8/0/001"]


def test_a_large_trees_plan_needs_few_tiles() -> None:
    plan = plan_reads(Tree(30_000_000, bytes(32)), [tlog.stored_hash_index(0, 12_345_678)])
    assert [tile.path for tile in plan.tiles] == [
        "tile/8/3/000.p/1",
        "tile/8/2/001.p/201",
        "tile/8/1/457.p/195",
        "tile/8/0/x117/187.p/128",
        "tile/8/2/000",
        "tile/8/1/188",
        "tile/8/0/x048/225",
    ]


@pytest.mark.parametrize("size", [0, 1, 31, 33, 8192])
def test_a_tile_of_another_size_is_refused(size: int) -> None:
    plan = plan_for(LAB, 1, 0)
    with pytest.raises(TlogError) as caught:
        plan.check([bytes(size)])
    expected = f"TileReader returned bad result slice (tile/8/0/000.p/1 len={size}, want 32)"
    if size == 32:
        expected = "downloaded inconsistent tile"
    assert caught.value.text == expected


def test_a_hash_beyond_the_tree_is_refused() -> None:
    with pytest.raises(TlogError, match=r"^indexes not in tree$"):
        plan_for(LAB, 5, 5)


def test_nothing_is_read_for_nothing() -> None:
    assert plan_reads(Tree(0, tlog.EMPTY_ROOT), []).check([]) == []


def test_a_hash_comes_out_of_its_own_tile_only() -> None:
    index = tlog.stored_hash_index(0, 300)
    tile = tile_for_index(8, index)
    assert tile.path == "tile/8/0/001.p/45"
    with pytest.raises(TlogError, match=r"^index 596 is in tile/8/0/001\.p/45 not tile/8/0/000$"):
        hash_from_tile(Tile(8, 0, 0, 256), bytes(8192), index)
    with pytest.raises(TlogError, match=r"^data len 31 too short for tile tile/8/0/001\.p/45$"):
        hash_from_tile(tile, bytes(31), index)
    with pytest.raises(TlogError, match=r"^invalid tile "):
        hash_from_tile(tile._replace(height=31), bytes(8192), index)


def test_a_static_layout_proves_its_records(tmp_path: Path) -> None:
    LAB.write_static(tmp_path)
    plan = plan_for(LAB, 1500, 1200)
    assert plan.check([(tmp_path / tile.path).read_bytes() for tile in plan.tiles]) == [leaf_of(LAB, 1200)]
