"""The wire to a database: SQLite that survives power loss, or PostgreSQL. One code for both.

The journal and the published store are kept in databases; what they hold is their own matter.
`database.py` is the way in. Both databases are asked in the same plain SQL; `sqlite.py` and
`server.py` hold the few things in which they differ. Tables are declared once, in SQLAlchemy, which
writes both dialects' statements to create them (`declared.py`) and is the way to a server. A file
is read and written without it: loading it takes longer than all that an apply of one change writes.
"""
