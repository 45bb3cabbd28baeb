"""Provisioning servers on a published store in PostgreSQL: several at once, and without it."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from reconciler.provisioning.serving.links import give_link
from tests.provisioning.conftest import filled
from tests.provisioning.serving import (
    ADA,
    LOBBY,
    OUTSIDE,
    TOKENS,
    YEALINK,
    Place,
    content_of,
    phone,
)
from tests.real.dialplan_lab import eventually

FILE = "805ec0000001.cfg"
MINE = content_of(LOBBY, FILE)
SECTION = '  require: ["subnet|token"]\n  plaintext_acknowledged: true\n'


@pytest.fixture
def here(fresh_postgres_url: str, tmp_path: Path) -> Place:
    """A place whose published store is a database."""
    return filled(tmp_path / "w", SECTION, fresh_postgres_url)


def test_two_servers_serve_as_one(here: Place) -> None:
    with here.store() as store:
        first, _ = store.admissions.issue(LOBBY, 3600)
        link = give_link(store, ADA, "", expires_s=600).url
    with here.server() as one, here.server() as other:
        assert one.ask(f"/{FILE}", agent=YEALINK).body == MINE
        assert other.ask(f"/{first}/{FILE}", source=OUTSIDE).body == MINE
        # What is used up at one is used up at the other, and what is applied is served by both.
        assert one.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=OUTSIDE).status == 200
        assert other.ask(f"/{first}/{FILE}", source=OUTSIDE).status == 404
        assert other.ask(link, source=OUTSIDE).status == 200
        assert one.ask(link, source=OUTSIDE).status == 404
        here.publish(phone(LOBBY, enabled=False))
        assert {each.ask(f"/{FILE}").status for each in (one, other)} == {404}
        here.publish(phone(LOBBY))
        assert {each.ask(f"/{FILE}").status for each in (one, other)} == {200}
    assert here.status(LOBBY).seen.model == "T46S"


def test_without_its_database_it_says_so_to_everybody_and_comes_back(here: Place) -> None:
    url = make_url(str(here.url))
    name, host = url.database, url.query["host"]
    with (
        here.server() as server,
        psycopg.connect(f"host={host} user=postgres dbname=postgres", autocommit=True) as admin,
    ):
        assert server.ask(f"/{FILE}", agent=YEALINK).body == MINE
        here.wait_for(LOBBY, "pushed")
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        eventually(lambda: not _used(admin, name))  # they end a little later
        known, unknown = server.ask(f"/{FILE}"), server.ask("/805ec0ffffff.cfg", source=OUTSIDE)
        assert known.status == 503
        assert known.shape == unknown.shape
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert server.ask(f"/{FILE}").body == MINE


def _used(admin: "psycopg.Connection[tuple[int]]", name: str | None) -> int:
    """Return how many connections there are to a database."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    row = admin.execute(query, [name]).fetchone()
    assert row is not None
    return row[0]
