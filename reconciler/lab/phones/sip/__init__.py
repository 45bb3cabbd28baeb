"""SIP over UDP as phones speak it."""
