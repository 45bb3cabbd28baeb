"""Accounts of Grandstream phones (grandstream.md, B, "Account P-values")."""

from typing import Final

from reconciler.adapters.grandstream.numbers import codec_parameters, parameter
from reconciler.phonefiles.accounts import held_codecs, numbered, refuse_realm
from reconciler.phonefiles.phone import Account, Phone, Said
from reconciler.phonefiles.rows import Turn, as_is, write_said
from reconciler.phonefiles.sheet import NotHeld, Sheet, Written
from reconciler.phonefiles.words import Endpoint, chosen, endpoint, minutes

TRANSPORTS: Final = {"udp": "0", "tcp": "1", "tls": "2"}
SRTP: Final = {"off": "0", "optional": "1", "required": "2"}
DTMF: Final = {"inband": "100", "rfc4733": "010", "info": "001"}
"""In audio, in RTP, in SIP INFO."""

CODECS: Final = {
    "ulaw": "0", "alaw": "8", "g722": "9", "g729": "18", "ilbc": "98", "g726": "2", "opus": "125",
}  # fmt: skip
_NEW: Final = frozenset(("17", "26", "new"))
"""Families that have an eighth codec, and Opus among them."""

_PLAIN: Final[tuple[tuple[str, str, Turn], ...]] = (
    ("session_timer", "session_timer", as_is),
    ("prack", "prack", as_is),
    ("subscribe_mwi", "mwi", as_is),
    ("accept_only_from_server", "from_server", as_is),
    ("verify_certificate", "verify", as_is),
    ("voicemail_number", "voicemail", as_is),
    ("dial_plan", "dial_plan", as_is),
    ("srtp", "srtp", lambda value: chosen(value, SRTP)),
)


def write_accounts(phone: Phone, sheet: Sheet) -> None:
    """Write the accounts that are declared, and switch the others off."""
    for number, account in numbered(phone):
        if account is not None:
            _Writer(account, phone, sheet).write()
        else:
            sheet.put(parameter("active", number, int(phone.model.traits["high"])), "0")


class _Writer:
    """Writes one account."""

    def __init__(self, account: Account, phone: Phone, sheet: Sheet) -> None:
        self.account, self.phone, self.sheet = account, phone, sheet
        self.high = int(phone.model.traits["high"])

    def write(self) -> None:
        account, line = self.account, self.account.source
        self._put("active", "1", line)
        self._put("label", account.label, f"{line}.label")
        self._put("name", account.name, line)
        self._put("user", account.user, line)
        self._put("auth", account.user, line)
        if account.secret is not None:
            self._put("password", account.secret, line)
        self._put("registers", "1", line)
        self._write_servers()
        for name, parameter_name, turn in _PLAIN:
            said = account.sip.get(name)
            if said is not None:
                self._said(parameter_name, said, turn)
        self._write_local_port()
        self._write_dtmf()
        self._write_codecs()
        self._write_nat()
        self._write_answering()
        if account.shared is not None:
            # Shared lines of this vendor need a server that manages appearances; others are
            # shared by registering them more than once, which needs no parameter.
            self.sheet.claim(f"{line}.shared")
        refuse_realm(account, self.sheet)

    def _name(self, name: str) -> str:
        return parameter(name, self.account.number, self.high)

    def _put(self, name: str, value: Written | None, *sources: str) -> None:
        self.sheet.put(self._name(name), value, *sources)

    def _said(self, name: str, said: Said, turn: Turn) -> None:
        with self.sheet.about(said.source):
            write_said(said, (self._name(name),), turn, self.sheet)

    def _write_servers(self) -> None:
        sip = self.account.sip
        if sip.get("server", Said(None)).value is None:
            return
        for name, server, port in (
            ("server", "server", "port"), ("backup", "backup_server", "backup_port"),
        ):  # fmt: skip
            said = sip.get(server)
            if said is not None and said.value is not None:
                number = sip.get(port, sip["port"])
                with self.sheet.about(said.source):
                    text = str(Endpoint(endpoint(said.value).host, number.value))
                    self._put(name, text, said.source, number.source)
        proxy = sip.get("outbound_proxy", Said(None))
        self._said("proxy", proxy, lambda value: str(endpoint(value)))
        self._said("transport", sip["transport"], lambda value: chosen(value, TRANSPORTS))
        self._said("expiry", sip["register_expiry"], minutes)

    def _write_local_port(self) -> None:
        """Each account listens on a port of its own, two apart as the vendor's defaults are."""
        said = self.account.sip.get("local_port")
        if said is not None:
            own = None if said.value is None else said.value + 2 * (self.account.number - 1)
            with self.sheet.about(said.source):
                self._put("local_port", own, said.source)

    def _write_dtmf(self) -> None:
        said = self.account.sip.get("dtmf")
        if said is None:
            return
        with self.sheet.about(said.source):
            flags = (None,) * 3 if said.value is None else chosen(said.value, DTMF)
            for name, flag in zip(("in_audio", "in_rtp", "in_info"), flags, strict=True):
                self._put(name, flag, said.source)

    def _write_codecs(self) -> None:
        said = self.account.sip.get("codecs")
        if said is None:
            return
        new = not _NEW.isdisjoint(self.phone.model.traits["columns"].split(","))
        known = CODECS if new else {each: code for each, code in CODECS.items() if each != "opus"}
        names = codec_parameters(self.account.number, self.high, new)
        write_codecs(said, known, names, self.sheet)

    def _write_nat(self) -> None:
        """STUN or keeping the binding open: one parameter says which (P52 and its kin)."""
        stun = self.phone.said("sip.stun_server")
        alive = self.phone.said("sip.keep_alive")
        if stun is not None:
            self._put("nat", "1" if stun.value else "0", stun.source)
        elif alive is not None:
            self._put("nat", "2" if alive.value else "0", alive.source)

    def _write_answering(self) -> None:
        line = self.account.source
        whole = self.phone.said("features.auto_answer")
        if self.account.auto_answer is not None:
            self._put("auto_answer", self.account.auto_answer, f"{line}.auto_answer")
        elif whole is not None:
            self._said("auto_answer", whole, as_is)
        intercom = self.phone.said("features.allow_intercom")
        if intercom is not None:
            self._said("intercom", intercom, as_is)


def write_codecs(said: Said, known: dict[str, str], names: tuple[str, ...], sheet: Sheet) -> None:
    """Write codecs in order. Places that are left repeat the last: else defaults come back."""
    if not said.value:
        for name in names:
            sheet.put(name, None, said.source)
        return
    held = held_codecs(said, known, sheet)
    with sheet.about(said.source):
        if len(held) > len(names):
            raise NotHeld(f"it takes {len(names)} codecs")
        for index, name in enumerate(names if held else ()):
            sheet.put(name, held[min(index, len(held) - 1)], said.source)
