"""Keys of a phone: what a programmable key does, the same for every vendor."""

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from reconciler.kinds.destination import parse_destination
from reconciler.kinds.entry import Part, fault
from reconciler.kinds.marks import DestinationMark

KeyFunction = Literal[
    "dnd", "forward", "transfer", "conference", "hold", "mute", "voicemail", "directory",
    "history", "redial", "record", "headset", "menu", "paging", "logout",
]  # fmt: skip

_ACTIONS = (
    "blf", "speed", "line", "park", "pickup", "intercom", "dtmf", "ldap", "xml", "url",
    "multicast", "function", "none",
)  # fmt: skip
_ACTION_SET = frozenset(_ACTIONS)


@lru_cache(maxsize=65536)
def _target(text: str) -> str:
    if text and not text.strip("+0123456789*#"):
        return f"external/{text}"
    found = parse_destination(text)
    if "{{" not in text and (found is None or found.kind == "hangup"):
        raise PydanticCustomError(
            "key_target",
            "a key's target is written kind/key (extension/1002, queue/700, parking_lot/700, "
            "day_night/main) or as the digits that are dialled",
        )
    return text


KeyTarget = Annotated[
    str,
    DestinationMark(),
    AfterValidator(_target),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(\+?[0-9*#]+|([A-Za-z0-9._-]+:)?[a-z_]+/\S+|.*\{\{.*)$",
        }
    ),
]
"""A reference (`extension/1002`) or digits; digits are held as `external/911`."""


class PhoneKey(Part):
    """A programmable key: exactly one of the actions, and how it looks."""

    blf: KeyTarget | None = None
    """Shows whether the target is busy and calls it: `extension/1002`."""
    speed: KeyTarget | None = None
    """Calls the target: `extension/1002` or digits (`911`)."""
    line: Annotated[int, Field(ge=1, le=100)] | None = None
    """Takes this line of the phone (1 is the first)."""
    park: KeyTarget | None = None
    """Parks a call and takes it back: `parking_lot/700`, or a slot's number."""
    pickup: KeyTarget | None = None
    """Takes a call that rings at the target: `extension/1002`, `ring_group/600`."""
    intercom: KeyTarget | None = None
    """Speaks through the target's loudspeaker: `extension/1002`."""
    dtmf: str | None = None
    """Sends these digits during a call."""
    ldap: str | None = None
    """Searches the directory, with this filter or the phone's own (`default`)."""
    xml: str | None = None
    """Opens this XML page on the phone."""
    url: str | None = None
    """Asks this address when pressed (action URL)."""
    multicast: str | None = None
    """Pages by multicast: `224.0.1.75:5000`."""
    function: KeyFunction | None = None
    """A function of the phone itself."""
    none: bool | None = None
    """`true`: the key does nothing."""
    label: str | None = None
    """Text beside the key; the target's name when unset."""
    position: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Which key of the phone; the one after the previous entry when unset."""
    module: Annotated[int, Field(ge=1, le=10)] | None = None
    """Which expansion module (1 is the first); the phone itself when unset."""
    on_line: Annotated[int, Field(ge=1, le=100)] | None = None
    """Line that the key dials with; the first when unset."""
    locked: bool | None = None
    """Whether the user may not change the key on the phone."""

    @model_validator(mode="after")
    def _one_action(self) -> "PhoneKey":
        given = _ACTION_SET & self.model_fields_set
        if len(given) != 1 or getattr(self, *given) is None:
            named = [name for name in _ACTIONS if name in self.model_fields_set]
            said = f"not {' and '.join(named)}" if named[1:] else "and here is none"
            raise fault(
                "phone_key",
                "a key has exactly one of {actions}; {said}",
                *named[1:2],
                actions=", ".join(_ACTIONS),
                said=said,
            )
        return self

    @property
    def action(self) -> str:
        """Name of the action."""
        return next(name for name in _ACTIONS if name in self.model_fields_set)
