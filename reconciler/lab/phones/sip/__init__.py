"""SIP as phones speak it: over UDP, TCP and TLS."""
