"""The checksum database signed another root for a tree size seen here before: two histories, proof in hand."""

from collections.abc import Iterable

from modtrace.diagnosis.case import Case, finding
from modtrace.record.summary import Evidence, Finding, GoSays


def sumdb_two_histories(case: Case) -> Iterable[Finding]:
    for span in case.trace.named("sumdb.proof"):
        for note in span.notes:
            if note.what == "own_anchor" and note.data.get("relation") == "contradicts":
                database = str(span.attributes.get("database", ""))
                yield finding(
                    "sumdb_two_histories",
                    cause="sumdb.inconsistent",
                    outcome="suspicious",
                    side="unknown",
                    where=database,
                    text="two signed tree heads of one size have different roots",
                    go=GoSays(),
                    evidence=[Evidence(span=span.id, text="both signed notes are in the bundle's sumdb folder")],
                )


RULE = sumdb_two_histories
