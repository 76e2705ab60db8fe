"""The checksum database's client, driven by a plain loop: no network, one reply after the other."""

from collections.abc import Callable, Sequence

from modtrace.gorules.gosumdb import AskSupported, SumdbBase, SumdbConfig, SumdbEntry, decide_base, remote_url
from modtrace.gorules.httperror import cause_of, error_detail, error_text, is_not_exist, status_text
from modtrace.gorules.sumdbclient import SumdbAnswer, SumdbClient, SumdbRead
from modtrace.lab.sumdb import Database, Recorded
from modtrace.record.failures import Failure, StepFailed

Fetch = Callable[[str], bytes | Failure]
MODULE, VERSION = "lab.test/hello", "v1.0.0"
RECORD = Recorded(module=MODULE, version=VERSION, zip_h1="h1:zip=", mod_h1="h1:mod=")


def refused(url: str, status: int, body: bytes) -> Failure:
    """What go makes of a status other than 200 with a text/plain body."""
    return Failure(
        cause=cause_of(status),
        side="origin",
        text=f"status {status}",
        go_text=error_text(url, f"{status} {status_text(status)}".strip(), error_detail(body)),
        is_not_exist=is_not_exist(status),
    )


class Loop:
    """One go process: a client, its base URL once it is decided, and the batches of paths that were read."""

    def __init__(
        self,
        config: SumdbConfig,
        fetch: Fetch,
        *,
        entries: Sequence[SumdbEntry] = (),
        anchor: bytes = b"",
        read_cache: Callable[[str], bytes | None] | None = None,
    ) -> None:
        self.client = SumdbClient(config.verifier_key, anchor=anchor, read_cache=read_cache)
        self.batches: list[list[str]] = []
        self._config = config
        self._fetch = fetch
        self._entries = tuple(entries)
        self._base: SumdbBase | Failure | None = None

    def lookup(self, module: str, version: str) -> SumdbAnswer:
        steps = self.client.lookup(module, version)
        try:
            batch = next(steps)
            while True:
                self._open_row(batch)
                batch = steps.send([self._read(read.path) for read in batch])
        except StopIteration as done:
            answer: SumdbAnswer = done.value
            return answer

    def _open_row(self, batch: tuple[SumdbRead, ...]) -> None:
        """A new row of :attr:`batches`; full tiles asked in a partial one's place belong to the row before."""
        if self._base is None:
            self._base = self._decide()
        if not batch[0].is_fallback:
            self.batches.append([])

    def _read(self, path: str) -> bytes | Failure:
        assert self._base is not None
        if isinstance(self._base, Failure):
            return self._base
        entry_url = None if self._base.entry is None else self._entries[self._base.entry].url
        url = remote_url(self._base, path, entry_url=entry_url)
        self.batches[-1].append(url)
        return self._fetch(url)

    def _decide(self) -> SumdbBase | Failure:
        results: list[Failure | None] = []
        try:
            while True:
                step = decide_base(self._config, self._entries, results)
                if not isinstance(step, AskSupported):
                    return step
                self.batches.append([step.url])
                reply = self._fetch(step.url)
                results.append(reply if isinstance(reply, Failure) else None)
        except StepFailed as failed:
            return failed.failure


def loop_over(
    database: Database, *, anchor: bytes = b"", read_cache: Callable[[str], bytes | None] | None = None
) -> Loop:
    """The loop for a database in memory, spoken to directly."""
    base = f"https://{database.name}"

    def fetch(url: str) -> bytes | Failure:
        status, body = database.get(url.removeprefix(base))
        return body if status == 200 else refused(url, status, body)

    config = SumdbConfig(name=database.name, verifier_key=database.verifier_key)
    return Loop(config, fetch, anchor=anchor, read_cache=read_cache)


def failure_of(loop: Loop, module: str = MODULE, version: str = VERSION) -> Failure:
    """The failure that a lookup must end with."""
    try:
        loop.lookup(module, version)
    except StepFailed as failed:
        return failed.failure
    raise AssertionError("the lookup went well")
