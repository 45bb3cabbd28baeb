"""Saved logins of phones, and what is known of the wire to each: kept in the secret store.

Only `phones test-connection --save` writes a login, and only one that was just proved.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, cast

from reconciler.device import Identity, Login, Sight
from reconciler.execution.secrets.store import Store
from reconciler.model.address import Address, parse_address
from reconciler.model.secret import Clear

LOGIN: Final = "phone-login/"
WIRES: Final = "phone-wires"


@dataclass(frozen=True, slots=True)
class Wire:
    """How a phone is reached. `plain` and `sight` are what somebody acknowledged for it."""

    scheme: Literal["https", "http"] | None = None
    port: int | None = None
    pin: str | None = None
    plain: bool = False
    sight: Sight = "first-use"
    generation: str | None = None
    host: str | None = None
    shut_until: str | None = None
    """Until when the phone refuses every login (ISO 8601, UTC), as far as it told."""
    refused: str | None = None
    """Which login the phone refused last, by its digest: it is not tried again by itself."""


class Logins:
    """Logins by phone and by site."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wires: dict[str, Wire] | None = None
        self._changed: set[str] = set()

    def of(self, phone: Address) -> Login | None:
        """Return the phone's own login, else its site's, else None."""
        for name in (f"{phone.scope}/{phone.key}", phone.scope):
            found = self._store.get(LOGIN + name)
            if found is not None:
                data = json.loads(found.reveal())
                return Login(str(data["username"]), Clear(str(data["password"])))
        return None

    def save(self, where: Address | str, login: Login) -> str:
        """Keep a login for a phone, or for all of a site. Returns the name it has in the store."""
        scope = where if isinstance(where, str) else f"{where.scope}/{where.key}"
        content = {"username": login.username, "password": login.password.reveal()}
        self._store.put(LOGIN + scope, Clear(json.dumps(content)))
        return LOGIN + scope

    def forget(self, phone: Address) -> bool:
        """Forget a phone's own login and what was known of its wire."""
        self._known().pop(str(phone), None)
        self._changed.add(str(phone))
        self.keep()
        return self._store.remove(f"{LOGIN}{phone.scope}/{phone.key}")

    def rename(self, phone: Address, other: Address) -> None:
        """Let a phone's login, and what is known of its wire, follow it to another name."""
        old, new = (f"{LOGIN}{each.scope}/{each.key}" for each in (phone, other))
        self._store.rename({old: new})
        wire = self._known().pop(str(phone), None)
        if wire is not None:
            self._known()[str(other)] = wire
            self._changed |= {str(phone), str(other)}
            self.keep()

    def wired(self) -> tuple[Address, ...]:
        """Return the phones of whose wire something is known."""
        found = (parse_address(each) for each in self._known())
        return tuple(each for each in found if each is not None)

    def wire(self, phone: Address) -> Wire:
        """Return what is known of the way to a phone."""
        return self._known().get(str(phone), Wire())

    def learn(self, phone: Address, identity: Identity) -> None:
        """Remember certificate, scheme and generation of a phone that was just talked to."""
        before = self.wire(phone)
        after = replace(
            before,
            scheme=identity.scheme,
            pin=before.pin or identity.pin,
            generation=identity.generation,
        )
        self.set_wire(phone, after)

    def set_wire(self, phone: Address, wire: Wire) -> None:
        """Remember how a phone is reached; written by `keep`."""
        if self.wire(phone) != wire:
            self._known()[str(phone)] = wire
            self._changed.add(str(phone))

    def keep(self) -> None:
        """Write what was learnt, once for all phones; what others learnt meanwhile stays."""
        if self._changed:
            mine, now = self._known(), self._read()
            kept = {phone: each for phone, each in now.items() if phone not in self._changed}
            kept |= {phone: mine[phone] for phone in self._changed if phone in mine}
            rows = {phone: asdict(wire) for phone, wire in sorted(kept.items())}
            self._store.put(WIRES, Clear(json.dumps(rows)))
            self._wires, self._changed = kept, set()

    def _known(self) -> dict[str, Wire]:
        if self._wires is None:
            self._wires = self._read()
        return self._wires

    def _read(self) -> dict[str, Wire]:
        found = self._store.get(WIRES)
        rows: Mapping[str, Any] = json.loads(found.reveal()) if found else {}
        return {phone: _wire(row) for phone, row in rows.items()}


def _wire(row: Mapping[str, Any]) -> Wire:
    known = {name: row[name] for name in Wire.__slots__ if name in row}
    return Wire(**cast("Any", known))
