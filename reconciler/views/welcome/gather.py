"""Gather: what stands on a person's welcome sheet, from what is declared. Pure."""

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from reconciler.model.resource import Desired
from reconciler.model.value import Fields, Value
from reconciler.softphones.handout import Handout
from reconciler.softphones.render import Account
from reconciler.views.welcome.page import Welcome
from reconciler.views.welcome.text import TEXTS

_CODES: Final = "feature_codes."
_MOST: Final = 6
"""How many codes are on a sheet: more would not fit on a page, and nobody learns them."""


class Gathered(NamedTuple):
    """A sheet's values, and the country where its PBX stands ("" when nobody says it)."""

    welcome: Welcome
    country: str


def gather(
    account: Account, handout: Handout, desired: Desired, *, expires: str, once: bool
) -> Gathered:
    """Return what stands on the sheet. `expires` is ISO 8601 in UTC, empty where nothing expires.

    Where people are (time zone, emergency numbers) is said by the PBX, its site, or the sites of
    its phones, as far as they all say the same.
    """
    softphone = account.softphone
    pbx = desired.pbxs.get(softphone.address.scope, {})
    places = _places(softphone.address.scope, pbx, desired)
    zone = str(pbx.get("timezone") or _common("timezone", places) or "UTC")
    numbers = _common("emergency.numbers", places) or []
    titles = (pbx.get("title"), _common("title", places), desired.workspace.get("name"))
    welcome = Welcome(
        softphone.name,
        softphone.user,
        next((str(each) for each in titles if each), softphone.address.scope),
        softphone.label if softphone.label != softphone.name else "",
        account.app.name,
        account.app.title,
        None if handout.holds_password or handout.scanned is None else "".join(
            str(each) for each in handout.scanned
        ),
        handout.typed,
        datetime.fromisoformat(expires).astimezone(ZoneInfo(zone)) if expires else None,
        zone,
        once,
        handout.holds_password,
        _codes(pbx, str(softphone.value("voicemail_number") or "")),
        tuple(str(each) for each in numbers),
    )  # fmt: skip
    return Gathered(welcome, str(pbx.get("country") or _common("country", places) or ""))


def _places(name: str, pbx: Fields, desired: Desired) -> list[Fields]:
    """Return the PBX's own site, else the sites whose phones it has."""
    own = desired.sites.get(str(pbx.get("site") or ""))
    if own is not None:
        return [own]
    return [each for each in desired.sites.values() if each.get("pbx") == name]


def _common(field: str, places: list[Fields]) -> Value:
    """Return what all sites say; None where they differ, or nobody says it."""
    said = [each.get(field) for each in places]
    return said[0] if said and all(each == said[0] for each in said) else None


def _codes(pbx: Fields, voicemail: str) -> tuple[tuple[str, str], ...]:
    """Return the first feature codes in the order of the sheet's words."""
    said = {name.removeprefix(_CODES): str(value) for name, value in pbx.items()
            if name.startswith(_CODES) and value}  # fmt: skip
    if voicemail:
        said["voicemail"] = voicemail
    known = [name for name in TEXTS["en"].code_names if name in said]
    return tuple((name, said[name]) for name in known[:_MOST])
