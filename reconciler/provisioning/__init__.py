"""Provisioning: what devices fetch, from where it is kept to how it is served. See README.md.

`apply` publishes; the server serves exactly what was published last, and records what it sees.
"""
