"""Snom, Fanvil, Cisco: recognised, provisioned and registered; their web control is not built."""
