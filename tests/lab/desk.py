"""A desk for one HTTP server of the lab: it answers by path, and writes down what came in and went out."""

from collections.abc import Mapping

import msgspec

from modtrace.lab.behaviour import Answer, Reply, answer_of
from modtrace.lab.journal import Headers, Journal, Request
from modtrace.lab.modules import Said

BODY = b"0123456789"


class TestDesk:
    """``replies`` by path; every path has the same honest answer."""

    __test__ = False

    def __init__(self, replies: Mapping[str, Reply] | None = None) -> None:
        self.journal = Journal()
        self.journal.opened("a", 1)
        self._replies = dict(replies or {})

    @property
    def paths(self) -> list[str]:
        return [request.target for request in self.journal.requests]

    @property
    def statuses(self) -> list[int | None]:
        return [request.status for request in self.journal.requests]

    def asked(self, protocol: str, method: str, target: str, headers: Headers) -> tuple[Request, Answer]:
        request = self.journal.asked(0, protocol=protocol, method=method, target=target, headers=headers)
        answer = answer_of(Said(200, "text/plain", BODY), self._replies.get(target, Reply()))
        return request, msgspec.structs.replace(answer, is_head=method == "HEAD")

    def answered(self, request: Request, status: int | None) -> None:
        self.journal.answered(request.number, status)
