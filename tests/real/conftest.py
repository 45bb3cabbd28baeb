"""Fixtures that give tests real servers. They fail loudly when a server cannot be had.

Set RECONCILER_SKIP_REAL=1 to skip everything in this folder, for instance without a network; the
summary then says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.real.asterisk.fetch import FetchError, Prefix, fetch_prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.postgres import Postgres

HERE = Path(__file__).parent
SKIP_REASON = "RECONCILER_SKIP_REAL=1: NOTHING WAS PROVED against real servers"
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures that tests share know whether to mend what a test has left: see `has_failed`."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


def has_failed(test: pytest.Item) -> bool:
    """Whether a test has failed so far, perhaps half-way."""
    return test.stash.get(_FAILED, False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder `real`, and skip them when told to."""
    skip = os.environ.get("RECONCILER_SKIP_REAL") == "1"
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.real)
            if skip:
                item.add_marker(pytest.mark.skip(reason=SKIP_REASON))


@pytest.fixture(scope="session")
def asterisk_prefix() -> Prefix:
    """The unpacked Asterisk and sipp, fetched on first use."""
    try:
        return fetch_prefix()
    except FetchError as error:
        reason = str(error)
    pytest.fail(
        f"no Asterisk to test with: {reason}\n(set RECONCILER_SKIP_REAL=1 to skip these tests)",
        pytrace=False,
    )


@pytest.fixture
def asterisk_factory(asterisk_prefix: Prefix) -> Iterator[Callable[..., Asterisk]]:
    """Start servers: `asterisk_factory(extra={"pjsip.conf": ...})`; see Asterisk for arguments."""
    servers: list[Asterisk] = []

    def start(**arguments: object) -> Asterisk:
        server = Asterisk(asterisk_prefix, **arguments)  # type: ignore[arg-type]
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        print(f"--- log of Asterisk on port {server.sip_port} ---\n{server.log()[-8000:]}")  # noqa: T201
        server.close()


@pytest.fixture
def asterisk(asterisk_factory: Callable[..., Asterisk]) -> Asterisk:
    """A bare PBX, prepared for reconciler, with nothing declared yet."""
    return asterisk_factory()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for this session."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """SQLAlchemy URL of a database that this session's tests share."""
    return postgres.create_database()


@pytest.fixture
def fresh_postgres_url(postgres: Postgres) -> str:
    """SQLAlchemy URL of an empty database for one test."""
    return postgres.create_database()
