"""Tiles of the transparency log: which to fetch in one batch, and whether what came supports a tree head.

Go 1.26 x/mod/sumdb/tlog/tile.go, Tile.Path, ParseTilePath, TileForIndex, HashFromTile, tileHashReader.ReadHashes.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from modtrace.gorules import tlog
from modtrace.gorules.tlog import HASH_BYTES, TlogError, Tree

HEIGHT: Final = 8  # Go x/mod/sumdb client.go initWork
_GROUP = 1000  # Go tlog/tile.go pathBase


class Tile(NamedTuple):
    """``width`` hashes at level ``height*level`` of the tree, from number ``number * 2**height`` on."""

    height: int
    level: int
    number: int
    width: int

    @property
    def is_full(self) -> bool:
        return self.width == 1 << self.height

    @property
    def full(self) -> "Tile":
        """The complete tile at the same place."""
        return self._replace(width=1 << self.height)

    @property
    def path(self) -> str:
        """The tile's path, without a slash in front."""
        groups = [f"{self.number % _GROUP:03d}"]
        rest = self.number // _GROUP
        while rest:
            groups.append(f"x{rest % _GROUP:03d}")
            rest //= _GROUP
        level = "data" if self.level == -1 else str(self.level)
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{self.height}/{level}/{'/'.join(reversed(groups))}{partial}"

    def parent(self, steps: int, tree_size: int) -> "Tile | None":
        """The tile ``steps`` levels up that covers this one, as wide as the tree of that size allows (tileParent)."""
        level = self.level + steps
        number = self.number >> (steps * self.height)
        first = number << self.height
        width = min(1 << self.height, (tree_size >> (level * self.height)) - first)
        return Tile(self.height, level, number, width) if width > 0 else None


_PATH = re.compile(r"tile/(\d{1,2})/(data|\d{1,19})/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,10}))?", re.ASCII)


def parse_tile_path(path: str) -> Tile:
    """The tile of a path; only the canonical spelling is accepted."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise TlogError(f'malformed tile path "{path}"')
    height, level, groups, partial = match.groups()
    number = int(groups.replace("/", "").replace("x", ""))
    full = 1 << int(height)
    tile = Tile(int(height), -1 if level == "data" else int(level), number, int(partial) if partial else full)
    if not 1 <= tile.height <= 30 or tile.width < 1 or tile.path != path or (partial and tile.width >= full):
        raise TlogError(f'malformed tile path "{path}"')
    return tile


def locate(height: int, index: int) -> tuple[Tile, int, int]:
    """The narrowest tile that holds a stored hash, and which of its bytes fold into it (tileForIndex)."""
    level, number = tlog.split_stored_hash_index(index)
    tile_level, inner = divmod(level, height)
    tile_number = number << inner >> height
    number -= tile_number << height >> inner
    width = (number + 1) << inner
    return Tile(height, tile_level, tile_number, width), (number << inner) * HASH_BYTES, width * HASH_BYTES


def tile_for_index(height: int, index: int) -> Tile:
    """The narrowest tile that holds a stored hash."""
    return locate(height, index)[0]


def hash_from_tile(tile: Tile, data: bytes, index: int) -> bytes:
    """The stored hash at ``index`` out of a tile that holds it."""
    if not (1 <= tile.height <= 30 and 0 <= tile.level < 64 and 1 <= tile.width <= 1 << tile.height):
        raise TlogError(f"invalid tile {tile.path}")
    if len(data) < tile.width * HASH_BYTES:
        raise TlogError(f"data len {len(data)} too short for tile {tile.path}")
    least, start, end = locate(tile.height, index)
    if (tile.level, tile.number) != (least.level, least.number) or tile.width < least.width:
        raise TlogError(f"index {index} is in {least.path} not {tile.path}")
    return tile_hash(data[start:end])


def tile_hash(data: bytes) -> bytes:
    """The root of a tile's hashes, whose count is a power of two."""
    row = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    while len(row) > 1:
        row = [tlog.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class TilePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One call of go's ReadHashes: ``tiles`` are asked for at once, then :meth:`check` authenticates all of them."""

    tree: Tree
    indexes: tuple[int, ...]
    tiles: tuple[Tile, ...]
    edge: tuple[tuple[int, int], ...]
    """For each subtree of the tree's right edge: its stored hash, and which tile holds it."""
    targets: tuple[int, ...]
    """For each wanted index: which tile holds it."""

    def check(self, data: Sequence[bytes]) -> list[bytes]:
        """The wanted hashes, proven to be in the tree; raises :class:`TlogError` with go's words."""
        for tile, content in zip(self.tiles, data, strict=True):
            if len(content) != tile.width * HASH_BYTES:
                size = f"len={len(content)}, want {tile.width * HASH_BYTES}"
                raise TlogError(f"TileReader returned bad result slice ({tile.path} {size})")
        if not self.tiles:
            return []
        root = tlog.fold([hash_from_tile(self.tiles[at], data[at], index) for index, at in self.edge])
        if root != self.tree.root:
            raise TlogError("downloaded inconsistent tile")
        self._check_children(data)
        pairs = zip(self.indexes, self.targets, strict=True)
        return [hash_from_tile(self.tiles[at], data[at], index) for index, at in pairs]

    def _check_children(self, data: Sequence[bytes]) -> None:
        """Tiles beyond the right edge are full, and each must hash to its entry in a parent checked before it."""
        order = {tile: at for at, tile in enumerate(self.tiles)}
        for at in range(self.edge[-1][1] + 1, len(self.tiles)):
            tile = self.tiles[at]
            parent = tile.parent(1, self.tree.size)
            if parent is None or parent not in order:
                raise TlogError(f"bad math in tileHashReader: lost parent of {tile.path}")
            index = tlog.stored_hash_index(parent.level * parent.height, tile.number)
            if hash_from_tile(parent, data[order[parent]], index) != tile_hash(data[at]):
                raise TlogError("downloaded inconsistent tile")


def plan_reads(tree: Tree, indexes: Sequence[int], *, height: int = HEIGHT) -> TilePlan:
    """Which tiles prove the hashes at ``indexes``: the right edge first, then each index's tiles, parents first."""
    order: dict[Tile, int] = {}
    edge: list[tuple[int, int]] = []
    for index in tlog.subtree_indexes(0, tree.size):
        tile = _in_tree(tile_for_index(height, index), 0, tree.size)
        edge.append((index, order.setdefault(tile, len(order))))
    targets = [_plan_index(order, tree.size, index, height) for index in indexes]
    return TilePlan(tree=tree, indexes=tuple(indexes), tiles=tuple(order), edge=tuple(edge), targets=tuple(targets))


def _plan_index(order: dict[Tile, int], tree_size: int, index: int, height: int) -> int:
    """Add what ``index`` needs to ``order``; which tile will hold it."""
    if index >= tlog.stored_hash_index(0, tree_size):
        raise TlogError("indexes not in tree")
    least = tile_for_index(height, index)
    missing: list[Tile] = []
    for steps in range(64):
        tile = _in_tree(least, steps, tree_size)
        if tile in order:
            break
        missing.append(tile)
    for tile in reversed(missing):
        if not tile.is_full:
            raise TlogError(f"bad math in tileHashReader: {tree_size} {index} {tile.path}")
        order[tile] = len(order)
    return order[_in_tree(least, 0, tree_size)]


def _in_tree(tile: Tile, steps: int, tree_size: int) -> Tile:
    parent = tile.parent(steps, tree_size)
    if parent is None:
        raise TlogError(f"bad math in tileHashReader: {tree_size} {tile.path}")
    return parent
