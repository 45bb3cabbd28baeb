"""Settings of a phone in words that every vendor understands.

Templates, sites and phones each hold them; the layers are laid over each other. Texts may use
Jinja2 over the phone, its lines, extensions, site and PBX, so they are not checked for their form
here but after rendering.
"""

from typing import Annotated, Literal

from pydantic import Field

from reconciler.kinds.entry import Part, Seconds, SecretText
from reconciler.kinds.phone_key import PhoneKey
from reconciler.kinds.text import CodecName, Dscp, Dtmf, Port, SettingsMap, Srtp, Transport, VlanId


class PhoneSip(Part):
    """How the phone registers and calls. The PBX's own values hold where nothing is said."""

    server: str | None = None
    """SIP server by name or address."""
    port: Port | None = None
    """SIP port of the server."""
    backup_server: str | None = None
    """Second SIP server, for when the first does not answer."""
    backup_port: Port | None = None
    """SIP port of the second server."""
    transport: Transport | None = None
    """SIP transport."""
    outbound_proxy: str | None = None
    """SIP proxy through which the server is reached."""
    realm: str | None = None
    """Realm of digests."""
    register_expiry: Annotated[Seconds, Field(ge=30, le=86400)] | None = None
    """How long a registration holds, in seconds."""
    keep_alive: Annotated[Seconds, Field(ge=0, le=3600)] | None = None
    """How often a NAT binding is kept open, in seconds; 0 for never."""
    stun_server: str | None = None
    """STUN server, for phones behind NAT."""
    local_port: Port | None = None
    """SIP port of the phone."""
    rtp_port_first: Port | None = None
    """First UDP port for sound."""
    rtp_port_last: Port | None = None
    """Last UDP port for sound."""
    codecs: list[CodecName] | None = None
    """Codecs in order of preference."""
    dtmf: Dtmf | None = None
    """How digits are sent during a call."""
    srtp: Srtp | None = None
    """Whether the sound of calls is encrypted."""
    verify_certificate: bool | None = None
    """Whether the server's certificate is checked (transport tls)."""
    session_timer: bool | None = None
    """Whether calls are refreshed (RFC 4028), so that dead ones end."""
    prack: bool | None = None
    """Whether provisional answers are acknowledged (RFC 3262)."""
    voicemail_number: str | None = None
    """What the voicemail key dials; the PBX's feature code when unset."""
    subscribe_mwi: bool | None = None
    """Whether the phone asks for waiting messages."""
    dial_plan: str | None = None
    """Dial plan in the vendor's own syntax."""
    accept_only_from_server: bool | None = None
    """Whether calls from anywhere but the server are refused (ghost calls)."""


class PhoneNetwork(Part):
    """How the phone sits in the network."""

    dhcp: bool | None = None
    """Whether the phone gets its address by DHCP."""
    address: str | None = None
    """Fixed IP address."""
    netmask: str | None = None
    """Netmask of the fixed address."""
    gateway: str | None = None
    """Gateway of the fixed address."""
    dns: list[str] | None = None
    """Name servers."""
    hostname: str | None = None
    """Host name that the phone tells DHCP."""
    voice_vlan: VlanId | None = None
    """VLAN of the phone; the site's when unset."""
    vlan_priority: Annotated[int, Field(ge=0, le=7)] | None = None
    """Priority in the VLAN (802.1p)."""
    pc_vlan: VlanId | None = None
    """VLAN of the PC port."""
    pc_port: bool | None = None
    """Whether the PC port is open."""
    lldp: bool | None = None
    """Whether the phone learns its VLAN from the switch by LLDP."""
    cdp: bool | None = None
    """Whether the phone learns its VLAN from the switch by CDP."""
    sip_dscp: Dscp | None = None
    """DSCP of signalling."""
    rtp_dscp: Dscp | None = None
    """DSCP of sound."""
    ntp: list[str] | None = None
    """Time servers; the site's when unset."""
    dot1x: Literal["off", "md5", "peap-mschapv2", "tls"] | None = None
    """How the phone logs in at the switch (802.1X)."""
    dot1x_identity: str | None = None
    """User name at the switch."""
    dot1x_password: SecretText | None = None
    """Password at the switch."""
    wifi_ssid: str | None = None
    """Name of the wireless network."""
    wifi_security: Literal["open", "wpa2-psk", "wpa3-sae", "wpa2-enterprise"] | None = None
    """How the wireless network is secured."""
    wifi_password: SecretText | None = None
    """Password of the wireless network."""


class PhoneProvisioning(Part):
    """How the phone comes to its settings."""

    delivery: Literal["fetch", "push"] | None = None
    """Whether the phone fetches its files (the default), or apply writes its settings over its own
    web interface (`push`), which needs a saved login."""
    url: str | None = None
    """Where the phone fetches its settings; the provisioning server when unset."""
    protocol: Literal["https", "http", "tftp", "ftp"] | None = None
    """Protocol, where the vendor wants it beside the address."""
    username: str | None = None
    """User name at the provisioning server."""
    password: SecretText | None = None
    """Password at the provisioning server."""
    interval: Annotated[Seconds, Field(ge=60, le=2592000)] | None = None
    """How often the phone asks for new settings, in seconds."""
    at: str | None = None
    """Time of day at which the phone asks (`02:30`)."""
    random_delay: Annotated[Seconds, Field(ge=0, le=86400)] | None = None
    """By how much phones spread their asking, in seconds."""
    dhcp_option: Annotated[int, Field(ge=1, le=254)] | None = None
    """DHCP option that the phone takes the address from."""
    vendor_redirect: bool | None = None
    """Whether the phone asks the vendor's redirection service."""
    verify_certificate: bool | None = None
    """Whether the server's certificate is checked."""
    config_key: SecretText | None = None
    """Key with which files are encrypted."""
    local_changes: Literal["keep", "overwrite"] | None = None
    """What becomes of settings that the user changed on the phone."""
    dialect: Literal["numbers", "names"] | None = None
    """How a Grandstream's file is written: as P-values, which all its phones take, or as names."""


class PhoneLdap(Part):
    """A directory that the phone searches."""

    server: str | None = None
    """Server by name or address."""
    port: Port | None = None
    """TCP port."""
    tls: bool | None = None
    """Whether TLS is spoken."""
    base: str | None = None
    """Where the search begins (base DN)."""
    username: str | None = None
    """User name (bind DN)."""
    password: SecretText | None = None
    """Password."""
    name_filter: str | None = None
    """Filter for names."""
    number_filter: str | None = None
    """Filter for numbers."""
    name_attributes: list[str] | None = None
    """Attributes that hold names."""
    number_attributes: list[str] | None = None
    """Attributes that hold numbers."""


class MulticastListen(Part):
    """A multicast address that the phone listens to for pages."""

    address: str
    """Multicast address."""
    port: Port
    """UDP port."""
    label: str | None = None
    """What the phone shows."""
    priority: Annotated[int, Field(ge=1, le=50)] | None = None
    """Which page wins (1 is the highest)."""


class PhoneFeatures(Part):
    """What the phone can do and how it looks."""

    language: str | None = None
    """Language of the display (`English`)."""
    timezone: str | None = None
    """Time zone by its IANA name; the site's when unset."""
    time_format: Literal["12h", "24h"] | None = None
    """How the time is shown."""
    date_format: str | None = None
    """How the date is shown (`YYYY-MM-DD`)."""
    tone_country: str | None = None
    """Country whose tones are heard, by its two letters; the site's when unset."""
    ring_tone: str | None = None
    """Ring tone by the vendor's name."""
    ring_volume: Annotated[int, Field(ge=0, le=15)] | None = None
    """Volume of the ring."""
    call_waiting: bool | None = None
    """Whether a second call rings while one is active."""
    do_not_disturb: bool | None = None
    """Do-not-disturb as set on the phone. The user's to change unless it is declared."""
    auto_answer: bool | None = None
    """Whether the phone answers every call by itself."""
    allow_intercom: bool | None = None
    """Whether the phone answers intercom calls by itself."""
    barge: bool | None = None
    """Whether an intercom call interrupts a call that is up."""
    hotline: str | None = None
    """Number that is dialled when the handset is lifted."""
    emergency_numbers: list[str] | None = None
    """Numbers that a locked phone can dial; the site's when unset."""
    web_ui: Literal["off", "http", "https"] | None = None
    """Whether the phone's own web pages can be opened, and how."""
    admin_password: SecretText | None = None
    """Password of the phone's administrator."""
    user_password: SecretText | None = None
    """Password of the phone's user."""
    keypad_lock: bool | None = None
    """Whether the phone locks itself."""
    backlight_timeout: Annotated[Seconds, Field(ge=0, le=86400)] | None = None
    """After how long the display darkens, in seconds; 0 for never."""
    brightness: Annotated[int, Field(ge=0, le=10)] | None = None
    """Brightness of the display."""
    wallpaper: str | None = None
    """Picture behind the display, as an address."""
    screensaver_timeout: Annotated[Seconds, Field(ge=0, le=86400)] | None = None
    """After how long the screensaver begins, in seconds; 0 for never."""
    headset: bool | None = None
    """Whether calls go to the headset first."""
    history: bool | None = None
    """Whether the phone keeps a list of calls."""
    missed_calls: bool | None = None
    """Whether the phone shows missed calls."""
    phonebook: Literal["extensions"] | None = None
    """A phonebook made of the PBX's extensions, served with the phones' files."""
    phonebook_url: str | None = None
    """Address of a phonebook that somebody else serves."""
    phonebook_name: str | None = None
    """Name of the phonebook."""
    ldap: PhoneLdap | None = None
    """A directory that the phone searches."""
    multicast: list[MulticastListen] | None = None
    """Multicast addresses that the phone listens to for pages."""
    action_urls: dict[str, str] | None = None
    """Addresses that the phone asks when something happens, by the vendor's name of the event."""
    syslog_server: str | None = None
    """Where the phone sends its log."""
    syslog_level: Annotated[int, Field(ge=0, le=7)] | None = None
    """How much the phone logs (7 is most)."""


class PhoneSettings(Part):
    """A layer of a phone's settings."""

    sip: PhoneSip | None = None
    """How the phone registers and calls."""
    network: PhoneNetwork | None = None
    """How the phone sits in the network."""
    provisioning: PhoneProvisioning | None = None
    """How the phone fetches its settings."""
    features: PhoneFeatures | None = None
    """What the phone can do and how it looks."""
    line_keys: Annotated[list[PhoneKey], Field(max_length=500)] | None = None
    """Keys in order; a phone's own `keys` are laid over them."""
    raw: SettingsMap = None
    """The vendor's own parameters by its own names, passed as they are and linted."""
