"""The summary as JSON text."""

import json

import pytest
from tests.builders import Events, failed, fetched, handshake

from modtrace.record.summary import to_json
from modtrace.reports.formats import FORMATS
from modtrace.reports.formats import json as json_format
from modtrace.reports.summarize import summarize


@pytest.mark.parametrize("events", [fetched(), failed(), handshake("github.com").end(), Events()])
def test_it_is_the_contracts_document(events: Events) -> None:
    summary = summarize(events.trace())
    assert json_format.render(summary) == to_json(summary).decode()
    assert json.loads(json_format.render(summary))["schema"] == "modtrace/1"


def test_the_choices_of_format_are_the_files_of_the_folder() -> None:
    assert set(FORMATS) == {"table", "json"}
    assert FORMATS["json"] is json_format.FORMAT
    assert FORMATS["table"](summarize(fetched().trace())).startswith("lab.test/hello@v1.0.0\n")
