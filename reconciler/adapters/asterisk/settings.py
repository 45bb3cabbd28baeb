"""What an inventory entry with `adapter: asterisk` holds; what it means is in `access.py`.

The operator's side is in `inventory/`; what has to stand in manager.conf and which lines let our
files in is checked by `reconciler doctor`, which prints them ready to copy.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.adapters.asterisk.access import MAX_SHARDS
from reconciler.kinds.entry import Part, Seconds, SecretText
from reconciler.kinds.settings import Settings
from reconciler.kinds.text import Host, Line, LocalPath, Port

ConfigFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.conf$")]


class AmiSettings(Part):
    """The manager interface (manager.conf), by which everything is read and written."""

    host: Host = "127.0.0.1"
    """Host name or address on which the manager interface listens."""
    port: Port = 5038
    """Its port: `port` of manager.conf, or the one of `tlsbindaddr` with `tls: true`."""
    username: Line = "reconciler"
    """The user's section in manager.conf."""
    password: SecretText
    """Its `secret`. `write = config` makes this password as good as root on the PBX."""
    tls: bool = False
    """Speak TLS (manager.conf: `tlsenable = yes`). Without it the password crosses in clear."""
    ca_file: LocalPath | None = None
    """PEM file of the authority that signed the certificate, instead of the system's."""
    tls_verify: bool = True
    """Check the certificate and the host's name in it."""
    tls_verify_disabled_acknowledged: bool = False
    """Has to be true for `tls_verify: false`: anybody in between could then read the password."""

    @model_validator(mode="after")
    def _acknowledge(self) -> Self:
        if not self.tls_verify and not self.tls_verify_disabled_acknowledged:
            raise PydanticCustomError(
                "tls_verify",
                "tls_verify: false also needs tls_verify_disabled_acknowledged: true",
            )
        return self


class AriSettings(Part):
    """The REST interface (ari.conf). Optional: it adds who is online to the live state."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s]*)?$")]
    """Address up to and with `/ari`."""
    username: Line = "reconciler"
    """The user's section in ari.conf; `read_only = yes` is enough."""
    password: SecretText
    """Its `password`."""
    ca_file: LocalPath | None = None
    """PEM file of the authority that signed the certificate, instead of the system's."""


class MainFiles(Part):
    """The files of Asterisk that let our files in. Asterisk reads them by these names."""

    pjsip: ConfigFile = "pjsip.conf"
    """Phones and trunks."""
    ext: ConfigFile = "extensions.conf"
    """Dialplan."""
    queues: ConfigFile = "queues.conf"
    """Queues."""
    vm: ConfigFile = "voicemail.conf"
    """Voicemail boxes."""
    confbridge: ConfigFile = "confbridge.conf"
    """Conference rooms."""
    parking: ConfigFile = "res_parking.conf"
    """Parking lots."""
    moh: ConfigFile = "musiconhold.conf"
    """Music on hold."""


class AsteriskSettings(Settings):
    """A plain Asterisk, 20 or newer, with chan_pjsip."""

    ami: AmiSettings
    """The manager interface, by which everything is read and written."""
    ari: AriSettings | None = None
    """The REST interface, for more live state."""
    internal_context: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,79}$")] = "from-internal"
    """Dialplan context in which extensions dial."""
    transport: Line | None = None
    """Section of the PJSIP transport that extensions use; any when unset."""
    shards: Annotated[int, Field(ge=1, le=MAX_SHARDS)] = 64
    """Over how many files the objects of a family are spread. Asterisk rewrites a whole file for
    every change, so many small files are fast (64: 1,000 phones in 2 s); what was written before
    the number changed stays where it is."""
    main_files: MainFiles = MainFiles()
    """Names of the files of Asterisk that let ours in, where they are not the usual ones."""
    action_timeout: Annotated[Seconds, Field(ge=1, le=600)] | None = None
    """How long a single answer may take, in seconds; the run's own limit when unset."""
