"""Infrastructure as code for telephony."""

__version__ = "0.1.0"
