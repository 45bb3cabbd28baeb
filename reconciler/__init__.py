"""Infrastructure as code for telephony."""
