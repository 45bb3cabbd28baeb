"""Which apps there are, by name."""

from collections.abc import Mapping
from typing import Final

from reconciler.softphones import generic, linphone, sessiontalk, sipnetic, wave, zoiper
from reconciler.softphones.acrobits import ACROBITS, GROUNDWIRE
from reconciler.softphones.app import App

APPS: Final[Mapping[str, App]] = {
    each.name: each
    for each in (
        linphone.APP, ACROBITS, GROUNDWIRE, zoiper.APP, sessiontalk.APP, sipnetic.APP, wave.APP,
        generic.APP,
    )
}  # fmt: skip
"""Every app, as written at softphones."""
