"""The story of one fetch, in go's order: which version, its go.mod, is that the recorded one, its zip, is that too.

Go 1.26 cmd/go/internal/modcmd/download.go runDownload: the query (modload/query.go), then GoMod with its checksum
inside the list's fall-through (modfetch/cache.go), then the zip with its checksum outside of it (modfetch/fetch.go).
Nothing of the user's module cache, go.sum or go env is written.
"""

import errno
import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import trio

from modtrace.gorules.dirhash import hash_go_mod
from modtrace.gorules.modescape import escape_path, escape_version, version_error
from modtrace.gorules.queryplan import Answer, Ask, QuerySource, Resolved, plan_query
from modtrace.record.failures import Failure, Json, StepFailed
from modtrace.record.recorder import Span
from modtrace.tracer.hashahead import HashAhead
from modtrace.tracer.kit import Kit
from modtrace.tracer.lists import try_sources
from modtrace.tracer.sources.interface import Operation, Sink, Source
from modtrace.tracer.world.bundle import ScratchFile

if TYPE_CHECKING:  # a zip comes last, its code is loaded while an answer is awaited
    from modtrace.tracer.wire.ziparchive import ZipContents


class Artifacts(msgspec.Struct):
    """What was fetched so far: it grows, so that a failed fetch still tells how far it came."""

    resolved: str | None = None
    info: str | None = None
    mod: str | None = None
    zip: str | None = None
    go_sum: str | None = None
    is_proved: bool = False
    """The checksum database proved the zip's hash."""

    def as_json(self, kit: Kit) -> dict[str, Json]:
        """The contract's ``artifacts``, and how go.sum agreed."""
        shown: dict[str, Json] = {"info": self.info, "mod": self.mod, "zip": self.zip, "go_sum": self.go_sum}
        database = kit.database
        if database is not None and database.answer is not None:
            shown["sumdb"] = {
                "name": database.config.name,
                "tree_size": database.answer.tree_size,
                "record": database.answer.record_id,
                "verified": self.is_proved,
            }
        return shown


async def fetch(kit: Kit, parent: Span, artifacts: Artifacts) -> None:
    """Fetch and verify. Raises ``StepFailed`` (or ``GoRuleError``, before any packet) with go's whole text."""
    stages = _Stages(kit, parent, artifacts)
    resolved = await stages.resolve()
    artifacts.resolved = resolved.version
    await stages.go_mod(resolved)
    await stages.archive(resolved.version)


class _Stages:
    def __init__(self, kit: Kit, parent: Span, artifacts: Artifacts) -> None:
        self._kit = kit
        self._parent = parent
        self._artifacts = artifacts

    async def resolve(self) -> Resolved:
        """Drive the query's plan: each thing that it asks is read from the source that it names."""
        kit = self._kit
        listed = tuple(
            QuerySource(base=each.source.label, falls_back_on_error=each.entry.falls_through_on_any_error)
            for each in kit.sources
        )
        plan = plan_query(kit.module, kit.query, sources=listed)
        try:
            ask = next(plan)
            while True:
                ask = plan.send(await self._answer(ask))
        except StopIteration as done:
            resolved: Resolved = done.value
            return resolved

    async def _answer(self, ask: Ask) -> Answer:
        source = self._kit.sources[ask.source].source
        operation = Operation(kind=ask.kind, module=self._kit.module, version=ask.version)
        try:
            data = await source.read(operation, parent=self._parent)
            if ask.kind == "mod":
                await self._check(ask.version + "/go.mod", hash_go_mod(data))
        except StepFailed as failed:
            if failed.failure.hangs or failed.failure.details.get("is_fatal"):
                raise
            return failed.failure
        if ask.kind == "info":
            self._artifacts.info = "sha256:" + hashlib.sha256(data).hexdigest()
        return data

    async def go_mod(self, resolved: Resolved) -> None:
        """The version's go.mod, checked inside the list's fall-through, as go does."""
        data = resolved.mods.get(resolved.version)
        if data is None:
            data = await try_sources(self._kit.sources, lambda source: self._checked_go_mod(source, resolved.version))
        self._artifacts.mod = hash_go_mod(data)

    async def _checked_go_mod(self, source: Source, version: str) -> bytes:
        data = await self._read(source, Operation(kind="mod", module=self._kit.module, version=version))
        await self._check(version + "/go.mod", hash_go_mod(data))
        return data

    async def archive(self, version: str) -> None:
        """The zip into a scratch file, hashed, compared, and checked by its own rules; never extracted."""
        with _local_disk():
            scratch = self._kit.open_scratch()
        ahead = HashAhead(scratch, self._kit.world.now_ns)
        try:
            operation = Operation(kind="zip", module=self._kit.module, version=version)

            async def download(source: Source) -> str:
                ahead.restart()
                await self._read(source, operation, ahead)
                return source.label

            label = await try_sources(self._kit.sources, download)
            await self._check_archive(scratch, ahead, version, label)
        finally:
            ahead.stop()
            scratch.close()

    async def _check_archive(self, scratch: ScratchFile, ahead: HashAhead, version: str, label: str) -> None:
        module = self._kit.module
        with self._parent.child("zip.check", f"{module}@{version}", source=label) as span:
            contents = await self._hashed(scratch, ahead, version, label)
            span.set(
                files=len(contents.entries),
                zip_bytes=contents.zip_bytes,
                uncompressed_bytes=contents.content_bytes,
                hashed_ahead_bytes=contents.ahead_bytes,
                h1=contents.h1,
            )
        await self._check(version, contents.h1, label=label)
        self._artifacts.zip = contents.h1
        await self._check_rules(contents, version, label)

    async def _hashed(self, scratch: ScratchFile, ahead: HashAhead, version: str, label: str) -> "ZipContents":
        from modtrace.tracer.wire.ziparchive import hash_zip

        def work() -> "ZipContents":
            return hash_zip(scratch.file, self._kit.module, version, ahead.finish())

        try:
            return await trio.to_thread.run_sync(work, abandon_on_cancel=False)
        except StepFailed as failed:
            raise StepFailed(msgspec.structs.replace(failed.failure, where=failed.failure.where or label)) from failed

    async def _check_rules(self, contents: "ZipContents", version: str, label: str) -> None:
        from modtrace.tracer.wire.ziparchive import check_zip

        try:
            check_zip(contents, self._kit.module, version)
        except StepFailed as failed:
            path = (
                f"{self._kit.mod_cache}/cache/download/{escape_path(self._kit.module)}/@v/{escape_version(version)}.zip"
            )
            failure = msgspec.structs.replace(failed.failure, where=failed.failure.where or label)
            self._parent.child("zip.check", f"{self._kit.module}@{version}", source=label).close("failed", failure)
            raise StepFailed(failure.wrapped(f"unzip {path}: ")) from failed

    async def _read(self, source: Source, operation: Operation, target: HashAhead | None = None) -> bytes:
        """Read, with go's module and version in front of a failure (proxyRepo.versionError)."""
        try:
            return await source.read(operation, parent=self._parent, sink=None if target is None else _sink(target))
        except StepFailed as failed:
            failure = failed.failure
            if failure.go_text is None or failure.details.get("is_fatal"):
                raise
            text = version_error(operation.module, operation.version, failure.go_text)
            raise StepFailed(msgspec.structs.replace(failure, go_text=text)) from failed

    async def _check(self, version: str, h1: str, *, label: str | None = None) -> None:
        """go.sum first, the checksum database when go.sum is silent (checkModSum)."""
        kit = self._kit
        verdict: bool | Failure = kit.go_sum.check(kit.module, version, h1) if kit.go_sum is not None else False
        if isinstance(verdict, Failure):
            details = {**verdict.details, "is_fatal": True}
            raise StepFailed(msgspec.structs.replace(verdict, where=verdict.where or label, details=details))
        if verdict:
            if not version.endswith("/go.mod"):
                self._artifacts.go_sum = "matched"
            return
        if kit.database is not None:
            await kit.database.verify(kit.module, version, h1, parent=self._parent)
            self._artifacts.is_proved = not version.endswith("/go.mod")


def _sink(target: HashAhead) -> Sink:
    """Into the scratch file; a full disk here is no fault of the body's."""

    def write(data: bytes | memoryview) -> None:
        with _local_disk():
            target.write(data)

    return write


@contextmanager
def _local_disk() -> Generator[None]:
    """``OSError`` of our own scratch file as the failure that ends the fetch: no other source would fare better."""
    try:
        yield
    except OSError as exc:
        is_full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
        failure = Failure(
            cause="local.disk_full" if is_full else "local.output_unwritable",
            side="local",
            text=f"the zip could not be kept on this machine's disk: {exc.strerror}",
            where="the output directory",
            errno=errno.errorcode.get(exc.errno or 0),
            details={"is_fatal": True, "is_untraced": True},
        )
        raise StepFailed(failure) from exc
