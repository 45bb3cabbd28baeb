"""The published store in PostgreSQL: the same scenarios as in SQLite, on a real server."""

import pytest

from tests.unit.provisioning.scenarios import PublishedScenarios


class TestPostgres(PublishedScenarios):
    @pytest.fixture
    def url(self, fresh_postgres_url: str) -> str:
        return fresh_postgres_url
