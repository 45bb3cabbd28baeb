"""Template: settings that many phones have in common."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import Entry
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.phone_key import PhoneKey
from reconciler.kinds.phone_settings import (
    PhoneFeatures,
    PhoneNetwork,
    PhoneProvisioning,
    PhoneSip,
)
from reconciler.kinds.text import Line, SettingsMap, Slug


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise PydanticCustomError(
            "regular_expression",
            "this is no regular expression: {why}",
            {"why": str(error)},
        ) from error
    return text


class Template(Entry):
    """Settings that many phones have in common."""

    kind: ClassVar[str] = "template"
    section: ClassVar[str] = "templates"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NAME

    vendor: Slug
    """Vendor of the phones (yealink, grandstream, polycom, ...); `any` for vendor-neutral ones."""
    description: Annotated[Line, Field(max_length=255)] | None = None
    """What the template is for."""
    model_pattern: Annotated[Line, Field(max_length=255), AfterValidator(_regex)] | None = None
    """Regular expression on the whole model (`T4[36]U`); any model when unset."""
    default: bool = False
    """Whether it is used for phones that are onboarded without one."""
    extends: Annotated[str, Reference(("template",))] | None = None
    """Template that this one is laid over."""
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
    firmware: Line | None = None
    """Firmware version that the phones shall have."""
