"""The server's own certificate: when it ends, said before phones turn away. IO."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

SOON: Final = timedelta(days=14)


def expiry_told(certificate: Path, now: datetime) -> str | None:
    """Return what to say of a PEM certificate that has ended or ends soon; else None.

    `now` has a time zone. What cannot be read says nothing here: whoever speaks TLS with it says
    so.
    """
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
    day = f"{ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if ends <= now:
        return f"the certificate {certificate} ended on {day}: phones that check it take no file"
    if ends - now < SOON:
        return f"the certificate {certificate} ends on {day}; from then on phones take no file"
    return None
