"""Tenant: a customer of its own on a platform that holds several."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.entry import Entry, Part
from reconciler.kinds.marks import NAME, Key, Scope
from reconciler.kinds.text import Country, Credentials, Host, Line, SettingsMap, TimeZone


class TenantLimits(Part):
    """What the tenant may use at most; each without limit when unset."""

    extensions: Annotated[int, Field(ge=0)] | None = None
    """How many extensions."""
    trunks: Annotated[int, Field(ge=0)] | None = None
    """How many trunks."""
    phones: Annotated[int, Field(ge=0)] | None = None
    """How many phones and softphones."""
    calls: Annotated[int, Field(ge=0)] | None = None
    """How many calls at once."""


class Tenant(Entry):
    """A customer of its own on a platform that holds several."""

    kind: ClassVar[str] = "tenant"
    section: ClassVar[str] = "tenants"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    domain: Host
    """Domain of the tenant, which its phones register to."""
    description: Annotated[Line, Field(max_length=255)] | None = None
    """Who the tenant is."""
    enabled: bool = True
    """Whether the tenant is in use."""
    parent: Annotated[Line, Field(max_length=255)] | None = None
    """Domain of the tenant above it, on platforms that nest them."""
    timezone: TimeZone | None = None
    """Time zone of the tenant; the PBX's when unset."""
    country: Country | None = None
    """Country of the tenant, by its two letters; the PBX's when unset."""
    language: Annotated[Line, Field(max_length=20)] | None = None
    """Language of prompts and mails."""
    limits: TenantLimits | None = None
    """What the tenant may use at most."""
    provisioning: Credentials | None = None
    """Login with which the tenant's phones and softphones fetch their settings."""
    settings: SettingsMap = None
    """The platform's own settings by its own names, passed as they are and linted."""
