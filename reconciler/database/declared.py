"""Tables as they are declared, in a database's own words. SQLAlchemy knows both languages."""

from typing import TYPE_CHECKING

from reconciler.database.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import MetaData
    from sqlalchemy.schema import ExecutableDDLElement


def create_missing(transaction: Transaction, metadata: "MetaData", *names: str) -> None:
    """Create the declared tables that are not there yet; of these names, or all."""
    from sqlalchemy import create_mock_engine

    missing = [
        each
        for each in metadata.sorted_tables
        if (not names or each.name in names) and not transaction.has_table(each.name)
    ]

    def carry_out(statement: "ExecutableDDLElement", *_: object) -> None:
        transaction.execute(str(statement.compile(dialect=speaking.dialect)))

    speaking = create_mock_engine(f"{transaction.dialect}://", carry_out)
    metadata.create_all(speaking, missing, checkfirst=False)
