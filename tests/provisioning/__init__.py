"""The provisioning server, run as people run it and asked as phones ask it."""
