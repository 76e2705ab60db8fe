"""One cause family each. A rule is a pure function from a case to findings; adding one is a file and a line here."""

from collections.abc import Callable, Iterable

from modtrace.diagnosis.case import Case
from modtrace.diagnosis.rules import (
    credentials,
    ended_by,
    intercepted_trusted,
    one_family_dropped,
    proxy_settings,
    silent_hop,
    sumdb_two_histories,
)
from modtrace.record.summary import Finding

Rule = Callable[[Case], Iterable[Finding]]

# What explains a failure stands before what it was: the earlier rule's finding is the verdict.
RULES: tuple[Rule, ...] = (
    proxy_settings.RULE,
    silent_hop.RULE,
    credentials.RULE,
    ended_by.RULE,
    intercepted_trusted.RULE,
    one_family_dropped.RULE,
    sumdb_two_histories.RULE,
)
