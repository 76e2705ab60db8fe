"""The summary as the contract's JSON document."""

from modtrace.record.summary import Summary, to_json


def render(summary: Summary) -> str:
    return to_json(summary).decode()


FORMAT = render
