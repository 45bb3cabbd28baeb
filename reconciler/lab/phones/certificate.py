"""The certificate that a phone shows: its own MAC as common name, signed by its maker's authority.

Real devices carry keys of their makers; these are made when they are first needed and trusted by
nobody who was not told to (`Authority.pem`).
"""

import datetime as dt
import ssl
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_ISSUERS: Final = {
    "polycom": ("Polycom Root CA", "Polycom Inc."),
    "yealink": ("Yealink Equipment Issuing CA", "Yealink"),
    "grandstream": ("Grandstream Root CA", "Grandstream Networks, Inc."),
}


@cache
def _key(use: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - one key per use
    return rsa.generate_private_key(public_exponent=0x10001, key_size=2048)


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, common),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
    ])  # fmt: skip


def _signed(subject: x509.Name, issuer: x509.Name, use: str, *, authority: bool) -> bytes:
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(_key(use).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=365 * 30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(_key("authority"), hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _issuer(vendor: str) -> tuple[str, str]:
    return _ISSUERS.get(vendor, ("Device CA", vendor.title()))


@cache
def authority_pem(vendor: str) -> bytes:
    """Return the certificate of a maker's authority, which signs all its phones here."""
    name = _name(*_issuer(vendor))
    return _signed(name, name, "authority", authority=True)


def device_pem(vendor: str, mac: str) -> bytes:
    """Return the key and certificate of a phone; its common name is the MAC in capitals."""
    issuer = _name(*_issuer(vendor))
    subject = _name(mac.upper(), _issuer(vendor)[1])
    key = _key("device").private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return key + _signed(subject, issuer, "device", authority=False)


def device_context(vendor: str, mac: str, *, server: bool) -> ssl.SSLContext:
    """Return a TLS context that shows a phone's certificate and believes every other side's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # The ssl module reads keys from files only.
    with tempfile.NamedTemporaryFile(prefix="phone-", suffix=".pem") as file:
        Path(file.name).write_bytes(device_pem(vendor, mac))
        context.load_cert_chain(file.name)
    return context
