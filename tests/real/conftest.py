"""The third parties, each started when a test of a file first wants it and ended with that file's tests."""

from collections.abc import Generator

import pytest
from tests.oracle.conftest import go_tool as go_tool
from tests.oracle.harness import authority
from tests.real import dante, microsocks, squid, tinyproxy


@pytest.fixture(scope="module")
def a_squid() -> Generator[squid.Squid]:
    with squid.squid(authority()) as party:
        yield party


@pytest.fixture(scope="module")
def a_tinyproxy() -> Generator[tinyproxy.Tinyproxy]:
    with tinyproxy.tinyproxy() as party:
        yield party


@pytest.fixture(scope="module")
def an_asking_tinyproxy() -> Generator[tinyproxy.Tinyproxy]:
    with tinyproxy.tinyproxy(auth=True) as party:
        yield party


@pytest.fixture(scope="module")
def a_dante() -> Generator[dante.Dante]:
    with dante.dante() as party:
        yield party


@pytest.fixture(scope="module")
def an_asking_dante() -> Generator[dante.Dante]:
    with dante.dante(auth=True) as party:
        yield party


@pytest.fixture(scope="module")
def a_microsocks() -> Generator[microsocks.Microsocks]:
    with microsocks.microsocks() as party:
        yield party


@pytest.fixture(scope="module")
def an_asking_microsocks() -> Generator[microsocks.Microsocks]:
    with microsocks.microsocks(auth=True) as party:
        yield party
