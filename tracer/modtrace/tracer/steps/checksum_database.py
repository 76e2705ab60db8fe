"""The checksum database, asked as go asks it: base once per run, lookup, tiles in concurrent batches, proof.

The algorithm is ``gorules.sumdbclient``; this file makes its reads, each as a span of its own. Go 1.26
cmd/go/internal/modfetch/sumdb.go, dbClient.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import trio

from modtrace.gorules import sumdbtexts
from modtrace.gorules.anchors import relation
from modtrace.gorules.gosumdb import AskSupported, SumdbBase, SumdbConfig, SumdbEntry, decide_base, remote_url
from modtrace.gorules.sumdbclient import SumdbAnswer, SumdbClient, SumdbRead
from modtrace.record.failures import Failure, StepFailed
from modtrace.record.limits import SUMDB_RESPONSE_BYTES
from modtrace.record.phases import PhaseName
from modtrace.record.recorder import Span
from modtrace.tracer.web import Web


class OwnAnchor(Protocol):
    """modtrace's own memory of the database's tree heads, beside go's (which is only read)."""

    def read(self, name: str) -> bytes: ...

    def write(self, name: str, note: bytes) -> None: ...


class ChecksumDatabase:
    """One database for one run. Errors about its base are kept, as go keeps them for the process."""

    def __init__(
        self,
        config: SumdbConfig,
        entries: Sequence[SumdbEntry],
        web: Web,
        *,
        go_anchor: bytes,
        own_anchor: OwnAnchor,
        on_note: Callable[[str, bytes], None],
    ) -> None:
        self.config = config
        self.answer: SumdbAnswer | None = None
        self._entries = tuple(entries)
        self._web = web
        self._client = SumdbClient(config.verifier_key, anchor=go_anchor)
        self._own_anchor = own_anchor
        self._on_note = on_note
        self._base: SumdbBase | Failure | None = None

    async def verify(self, module: str, version: str, h1: str, *, parent: Span) -> None:
        """Is ``h1`` what the database recorded? ``version`` may end in ``/go.mod``. Raises ``StepFailed``."""
        with parent.child("sumdb.proof", f"{module}@{version}", database=self.config.name) as span:
            try:
                answer = await self._drive(module, version, span)
            except StepFailed as failed:
                self._keep_evidence(failed.failure)
                raise StepFailed(sumdbtexts.verifying(failed.failure, module, version)) from failed
            self.answer = answer
            self._on_note(self.config.name, answer.note_bytes)
            self._remember(answer.note_bytes, span)
            span.set(
                record=answer.record_id,
                tree_size=answer.tree_size,
                root_hash=answer.root_hash,
                tiles=list(answer.tiles),
                was_repeated=answer.was_repeated,
                consistency="checked against the local tree head"
                if answer.was_consistency_checked
                else "no older tree head known here",
            )
            sumdbtexts.check_sum(answer.record_lines, module, version, h1, self.config.name)

    def _remember(self, note: bytes, span: Span) -> None:
        """Compare with our own memory, at no request's cost, and keep the newer head; a contradiction is kept whole."""
        before = self._own_anchor.read(self.config.name)
        how = relation(before, note, self.config.verifier_key)
        span.note("own_anchor", relation=how)
        if how == "contradicts":
            self._on_note(f"{self.config.name}.seen_before", before)
        if how in ("first", "newer"):
            self._own_anchor.write(self.config.name, note)

    async def _drive(self, module: str, version: str, span: Span) -> SumdbAnswer:
        steps = self._client.lookup(module, version)
        try:
            batch = next(steps)
            while True:
                replies = await self._read_batch(batch, span)
                batch = steps.send(replies)
        except StopIteration as done:
            answer: SumdbAnswer = done.value
            return answer

    async def _read_batch(self, batch: tuple[SumdbRead, ...], span: Span) -> list[bytes | Failure]:
        base = await self._choose_base(span)
        if isinstance(base, Failure):
            return [base] * len(batch)
        replies: dict[int, bytes | Failure] = {}

        async def read(number: int, path: str) -> None:
            replies[number] = await self._read(path, base, span)

        async with trio.open_nursery() as nursery:
            for number, item in enumerate(batch):
                nursery.start_soon(read, number, item.path)
        return [replies[number] for number in range(len(batch))]

    async def _read(self, path: str, base: SumdbBase, parent: Span) -> bytes | Failure:
        entry_url = None if base.entry is None else self._entries[base.entry].url
        url = remote_url(base, path, entry_url=entry_url)
        phase: PhaseName = "sumdb.lookup" if path.startswith("/lookup/") else "sumdb.tile"
        with parent.child(phase, path) as span:
            try:
                return await self._get(url, span)
            except StepFailed as failed:
                span.close("failed", failed.failure)
                return failed.failure

    async def _choose_base(self, parent: Span) -> SumdbBase | Failure:
        if self._base is None:
            try:
                self._base = await self._ask_entries(parent)
            except StepFailed as failed:
                cause = failed.failure.cause
                if cause.startswith("http."):
                    cause = "sumdb.not_proxied"
                elif not cause.startswith("config."):
                    cause = "sumdb.unreachable"
                self._base = msgspec.structs.replace(failed.failure, cause=cause)
        return self._base

    async def _ask_entries(self, parent: Span) -> SumdbBase:
        results: list[Failure | None] = []
        while True:
            step = decide_base(self.config, self._entries, results)
            if isinstance(step, SumdbBase):
                parent.note("sumdb_base", url=step.url, is_relayed=step.entry is not None)
                return step
            results.append(await self._ask_supported(step, parent))

    async def _ask_supported(self, step: AskSupported, parent: Span) -> Failure | None:
        with parent.child("sumdb.supported", step.url) as span:
            try:
                await self._get(step.url, span)
            except StepFailed as failed:
                span.close("failed", failed.failure)
                return failed.failure
        return None

    async def _get(self, url: str, span: Span) -> bytes:
        try:
            return await self._web.get_bytes(
                url,
                parent=span,
                source=self.config.name,
                limit=SUMDB_RESPONSE_BYTES,
                limit_name="SUMDB_RESPONSE_BYTES",
            )
        except StepFailed as failed:
            failure = failed.failure
            if failure.details.get("stage") == "body":
                # Go cmd/go/internal/web/api.go GetBytes: "reading URL: …" where a module proxy's body says "read".
                failure = failure.wrapped(f"reading {self._web.redacted(url)}: ")
            raise StepFailed(failure) from failed

    def _keep_evidence(self, failure: Failure) -> None:
        """Both notes of a fork, and a note that no key vouches for, are proof: they are stored as they came."""
        for key in ("old_note", "new_note", "note"):
            note = failure.details.get(key)
            if isinstance(note, str):
                self._on_note(f"{self.config.name}.{key}", note.encode())
