"""The wire to a database: SQLite that survives power loss, or PostgreSQL. One code for both.

The journal and the published store are kept in databases; what they hold is their own matter.
`database.py` is the way in.
"""
