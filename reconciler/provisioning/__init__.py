"""Provisioning: what devices fetch, from where it is kept to how it is served.

    records     what is published and what is known of its fetching; provision status   pure
    sealing     file bodies encrypted, rows sealed: nothing at rest in clear            pure
    tables      the published store's tables
    rows        its rows: asked for, written, read back
    published   the published store: publish, withdraw, find, read, record a fetch      IO

`apply` publishes; the server serves exactly what was published last, and records what it sees.
"""
