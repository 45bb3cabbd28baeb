"""Blocklist: where one blocked caller goes. Who is blocked is looked up by every inbound route."""

from typing import Final

from reconciler.adapters.asterisk.carrier import Carrier, Found, Place, Setup
from reconciler.adapters.asterisk.dialplan import Script, context_of, goto
from reconciler.adapters.asterisk.sections import Section
from reconciler.model.value import Fields, Value

KIND: Final = "blocklist"


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the context of a blocked caller."""
    script = Script(context_of(KIND, key))
    script.exten("s", goto(fields.get("destination") or "hangup"))
    return (script.section(),)


def read(_key: str, _found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return nothing: the destination is known from the meta section."""
    return {}


CARRIER: Final = Carrier(KIND, render, read, lambda key: (Place("ext", context_of(KIND, key)),))
