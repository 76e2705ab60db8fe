"""The checksum database's client: what it reads in which order, and what it believes.

Go 1.26 x/mod/sumdb/client.go, Client.Lookup, mergeLatest, checkTrees, checkRecord, readTile; and
cmd/go/internal/modfetch/fetch.go, checkSumDB. Sans-I/O: :meth:`SumdbClient.lookup` is a generator that yields
batches of reads, each batch to be made at once, and is sent one answer per read.
"""

import re
from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

import msgspec

from modtrace.gorules import sumdbtexts, tlog
from modtrace.gorules.note import NoteError, Verifier, open_note, parse_verifier
from modtrace.gorules.tiles import Tile, plan_reads
from modtrace.gorules.tlog import Record, TlogError, Tree
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import SUMDB_NOTE_BYTES


class SumdbRead(NamedTuple):
    """One thing to fetch from the database: its path below the base URL, slash in front."""

    path: str
    is_fallback: bool = False
    """The full tile, because the partial one did not come."""


Batch = tuple[SumdbRead, ...]
Replies = Sequence[bytes | Failure]


class SumdbAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A record proven to be in the tree, and that tree's head. ``tiles`` were newly authenticated by this lookup."""

    record_lines: tuple[str, ...]
    record_id: int
    tree_size: int
    root_hash: str
    note_bytes: bytes
    was_consistency_checked: bool
    was_repeated: bool = False
    tiles: tuple[str, ...] = ()


class _Verified(NamedTuple):
    record: Record
    was_consistency_checked: bool


class SumdbClient:
    """What one go process knows of one database: the trusted tree head, tiles, records - and errors, kept likewise.

    ``anchor`` is the content of the ``latest`` file (empty when there is none); ``read_cache`` gives a cached lookup
    or tile by remote path. After a lookup, ``latest_note`` is what go would write to ``latest`` and ``saved`` what it
    would write to its cache. Lookups of one client must run one after another.
    """

    def __init__(
        self, verifier_key: str, *, anchor: bytes = b"", read_cache: Callable[[str], bytes | None] | None = None
    ) -> None:
        self.latest = Tree(0, tlog.EMPTY_ROOT)
        self.latest_note = b""
        self.saved: dict[str, bytes] = {}
        self._verifier_key = verifier_key
        self._verifier: Verifier | None = None
        self._anchor = anchor
        self._read_cache: Callable[[str], bytes | None] = read_cache or (lambda _path: None)
        self._init_failure: StepFailed | None = None
        self._records: dict[str, _Verified | StepFailed] = {}
        self._tiles: dict[Tile, bytes | Failure] = {}
        self._proven: dict[Tile, None] = {}
        self._cached: set[Tile] = set()
        self._was_compared = False

    def lookup(self, module: str, version: str) -> Generator[Batch, Replies, SumdbAnswer]:
        """The proven lines of ``module@version`` (``version`` may end in ``/go.mod``), both already valid in go's eyes.

        Raises :class:`StepFailed` with go's text of Client.Lookup; :func:`sumdbtexts.verifying` adds the outer words.
        """
        before = len(self._proven)
        path = lookup_path(module, version)
        was_repeated = path in self._records
        try:
            yield from self._init()
            if not was_repeated:
                yield from self._remember(path)
            verified = self._records[path]
            if isinstance(verified, StepFailed):
                raise verified
        except StepFailed as failed:
            raise StepFailed(sumdbtexts.prefixed(failed.failure, f"{module}@{version}: ")) from None
        lines = verified.record.text.decode().split("\n")
        prefix = f"{module} {version} "
        return SumdbAnswer(
            record_lines=tuple(line for line in lines if line.startswith(prefix)),
            record_id=verified.record.id,
            tree_size=self.latest.size,
            root_hash=tlog.shown(self.latest.root),
            note_bytes=self.latest_note,
            was_consistency_checked=verified.was_consistency_checked,
            was_repeated=was_repeated,
            tiles=tuple("/" + tile.path for tile in list(self._proven)[before:]),
        )

    def _init(self) -> Generator[Batch, Replies, None]:
        """Once: read the key, and prove the anchor with tiles of its own tree (initWork)."""
        if self._verifier is not None:
            if self._init_failure is not None:
                raise self._init_failure
            return
        self._verifier = parse_verifier(self._verifier_key.strip())
        try:
            yield from self._merge(self._anchor, is_local=True)
        except StepFailed as failed:
            self._init_failure = StepFailed(sumdbtexts.prefixed(failed.failure, "initializing sumdb.Client: "))
            raise self._init_failure from None

    def _remember(self, path: str) -> Generator[Batch, Replies, None]:
        try:
            self._records[path] = yield from self._fetch_record(path)
        except StepFailed as failed:
            self._records[path] = failed

    def _fetch_record(self, path: str) -> Generator[Batch, Replies, _Verified]:
        data = self._read_cache(path)
        was_cached = bool(data)
        if not data:
            (reply,) = yield (SumdbRead(path),)
            if isinstance(reply, Failure):
                raise StepFailed(sumdbtexts.remote_failure(reply, path))
            data = reply
        try:
            record = tlog.parse_record(data)
        except TlogError as error:
            raise sumdbtexts.refused("sumdb.malformed", error.text, is_local=was_cached) from None
        self._was_compared = False
        yield from self._merge(record.note)
        yield from self._check_record(record)
        if not was_cached:
            self.saved[path] = data
        return _Verified(record, self._was_compared)

    def _merge(self, message: bytes, *, is_local: bool = False) -> Generator[Batch, Replies, None]:
        """Bring a tree head into our timeline (mergeLatest): whatever moves it is compared with the anchor again."""
        if not (yield from self._merge_in_memory(message, is_local=is_local)):
            return
        # Go reads the file again here. For the anchor itself this is what proves it by its own tiles.
        yield from self._merge_in_memory(self._anchor, is_local=True)
        self._anchor = self.latest_note

    def _merge_in_memory(self, message: bytes, *, is_local: bool = False) -> Generator[Batch, Replies, bool]:
        """True when the head was newer than ours, and now is ours (mergeLatestMem)."""
        if not message:
            return False
        tree = self._open(message, is_local=is_local)
        if tree.size <= self.latest.size:
            yield from self._check_trees(tree, message, self.latest, self.latest_note)
            return False
        yield from self._check_trees(self.latest, self.latest_note, tree, message)
        self.latest, self.latest_note = tree, message
        return True

    def _open(self, message: bytes, *, is_local: bool) -> Tree:
        assert self._verifier is not None
        try:
            text = open_note(message, self._verifier).text
        except NoteError as error:
            dump = f"reading tree note: {error.text}\nnote:\n{sumdbtexts.readable(message)}"
            cause: Cause = "sumdb.bad_signature" if error.is_forged else "sumdb.malformed"
            raise sumdbtexts.refused(cause, dump, is_local=is_local, evidence={"note": message}) from None
        try:
            return tlog.parse_tree(text)
        except TlogError as error:
            dump = f"reading tree: {error.text}\ntree:\n{sumdbtexts.readable(text)}"
            limit = "SUMDB_NOTE_BYTES" if len(text) > SUMDB_NOTE_BYTES else None
            raise sumdbtexts.refused(
                "sumdb.malformed", dump, is_local=is_local, evidence={"note": message}, limit=limit
            ) from None

    def _check_trees(
        self, older: Tree, older_note: bytes, newer: Tree, newer_note: bytes
    ) -> Generator[Batch, Replies, None]:
        """``older`` must be a prefix of ``newer``, by tiles that hash to ``newer``'s root."""
        try:
            root = yield from self._tree_hash(older.size, newer)
        except StepFailed as failed:
            against = "" if older.size == newer.size else f" against tree#{newer.size}"
            raise StepFailed(sumdbtexts.prefixed(failed.failure, f"checking tree#{older.size}{against}: ")) from None
        if root != older.root:
            yield from self._report_fork(older, older_note, newer, newer_note, root)
        if older.size > 0 and (older != newer or older_note != newer_note):
            self._was_compared = True

    def _report_fork(
        self, older: Tree, older_note: bytes, newer: Tree, newer_note: bytes, root: bytes
    ) -> Generator[Batch, Replies, None]:
        proof: list[bytes] = []
        problem: str | None = None
        try:
            for indexes in tlog.tree_proof_parts(newer.size, older.size):
                hashes = yield from self._read_hashes(newer, indexes)
                proof.append(tlog.fold(hashes))
            if not tlog.check_tree_proof(proof, newer, Tree(older.size, root)):
                problem = "generated inconsistent proof"
        except TlogError as error:
            problem = error.text
        except StepFailed as failed:
            problem = failed.failure.go_text or failed.failure.text
        raise sumdbtexts.forked(older_note, newer_note, [root, *proof], problem)

    def _tree_hash(self, size: int, tree: Tree) -> Generator[Batch, Replies, bytes]:
        if size == 0:
            return tlog.EMPTY_ROOT
        hashes = yield from self._read_hashes(tree, _subtrees(size))
        return tlog.fold(hashes)

    def _check_record(self, record: Record) -> Generator[Batch, Replies, None]:
        if record.id >= self.latest.size:
            text = f"cannot validate record {record.id} in tree of size {self.latest.size}"
            raise sumdbtexts.refused("sumdb.malformed", text)
        hashes = yield from self._read_hashes(self.latest, [tlog.stored_hash_index(0, record.id)])
        if hashes[0] != tlog.record_hash(record.text):
            raise sumdbtexts.refused("sumdb.inconsistent", "cannot authenticate record data in server response")

    def _read_hashes(self, tree: Tree, indexes: Sequence[int]) -> Generator[Batch, Replies, list[bytes]]:
        """Stored hashes proven to be in ``tree``: tiles in one batch, then failed partial ones as full."""
        try:
            plan = plan_reads(tree, indexes)
        except TlogError as error:
            raise sumdbtexts.refused("sumdb.malformed", error.text, hangs=error.hangs) from None
        yield from self._read_tiles(plan.tiles)
        data: list[bytes] = []
        for tile in plan.tiles:
            reply = self._tiles[tile]
            if isinstance(reply, Failure):
                raise StepFailed(sumdbtexts.remote_failure(reply, "/" + tile.path))
            data.append(reply)
        try:
            hashes = plan.check(data)
        except TlogError as error:
            cause: Cause = "sumdb.malformed" if "bad result slice" in error.text else "sumdb.inconsistent"
            raise sumdbtexts.refused(cause, error.text) from None
        for tile, content in zip(plan.tiles, data, strict=True):
            if tile not in self._proven:
                self._proven[tile] = None
                if tile not in self._cached:
                    self.saved["/" + tile.path] = content
        return hashes

    def _read_tiles(self, tiles: Sequence[Tile]) -> Generator[Batch, Replies, None]:
        wanted = [tile for tile in tiles if tile not in self._tiles and not self._take_cached(tile)]
        if not wanted:
            return
        replies = yield tuple(SumdbRead("/" + tile.path) for tile in wanted)
        self._tiles.update(zip(wanted, replies, strict=True))
        partial = [tile for tile in wanted if not tile.is_full and isinstance(self._tiles[tile], Failure)]
        if not partial:
            return
        replies = yield tuple(SumdbRead("/" + tile.full.path, is_fallback=True) for tile in partial)
        for tile, reply in zip(partial, replies, strict=True):
            if not isinstance(reply, Failure):
                self._tiles[tile] = _narrowed(reply, tile)

    def _take_cached(self, tile: Tile) -> bool:
        """The tile from the disk cache, or cut from the full one there; cached tiles are proven again all the same."""
        data = self._read_cache("/" + tile.path)
        if not data and not tile.is_full:
            full = self._read_cache("/" + tile.full.path)
            data = _narrowed(full, tile) if full else None
        if not data:
            return False
        self._tiles[tile] = data
        self._cached.add(tile)
        return True


def lookup_path(module: str, version: str) -> str:
    """``/lookup/…`` with capitals escaped; the version without its ``/go.mod``."""
    escaped = re.sub(r"[A-Z]", lambda match: "!" + match[0].lower(), f"{module}@{version.removesuffix('/go.mod')}")
    return "/lookup/" + escaped


def _subtrees(size: int) -> list[int]:
    try:
        return tlog.subtree_indexes(0, size)
    except TlogError as error:
        raise sumdbtexts.refused("sumdb.malformed", error.text, hangs=error.hangs) from None


def _narrowed(full: bytes, tile: Tile) -> bytes:
    return full[: len(full) // tile.full.width * tile.width]
